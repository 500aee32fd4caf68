// Errors: what is thrown, and how its text is put together.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>

#include <gradtape/autograd/location.h>

namespace gradtape {

class Tensor;

// The base of everything gradtape throws. what() starts with the type's name and ends with the user's line.
class Error : public std::runtime_error {
 public:
  Error(const char* kind, const std::string& text, Location at);
  Location where() const { return where_; }
  // What went wrong, without the type's name and the line: for a program to show its user.
  std::string text() const { return std::string(what() + text_at_, text_size_); }

 private:
  Location where_;
  std::size_t text_at_, text_size_;
};

// What went wrong, by type: shapes that do not fit, an element type an op does not take, an index or label out of
// range, a value that makes no sense, a tape used wrongly, a device that is not there, memory that is not there, a
// file that cannot be read or written.
#define GT_ERROR(Name)                                                     \
  class Name : public Error {                                              \
   public:                                                                 \
    Name(const std::string& text, Location at) : Error(#Name, text, at) {} \
  };
GT_ERROR(ShapeError)
GT_ERROR(DTypeError)
GT_ERROR(IndexError)
GT_ERROR(ValueError)
GT_ERROR(TapeError)
GT_ERROR(DeviceError)
GT_ERROR(OutOfMemoryError)
GT_ERROR(FileError)
#undef GT_ERROR

// A tensor in a message, by the part it plays: {"left", x}.
struct Shown {
  const char* role;
  const Tensor& tensor;
};

// The text of a message: op, what is wrong, the tensors met, and what was wanted or the way out.
std::string message(const char* op, const std::string& what, std::initializer_list<Shown> tensors,
                    const std::string& advice);

// Throws an E blaming the outermost public call.
template <class E>
[[noreturn, gnu::cold]] void fail(Location at, const char* op, const std::string& what,
                                  std::initializer_list<Shown> tensors = {}, const std::string& advice = {}) {
  throw E(message(op, what, tensors, advice), outermost(at));
}

}  // namespace gradtape

// What cannot be, unless the library is wrong.
#if defined(NDEBUG)
#define GT_ASSERT(condition) (void)0
#else
#include <cassert>
#define GT_ASSERT(condition) assert(condition)
#endif
