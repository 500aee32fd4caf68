// The tape: what was computed, in order, so that it can be walked backwards.
#pragma once

#include <string>

#include <gradtape/autograd/recording.h>

namespace gradtape {

// A scope: while one is open on a thread, ops whose inputs want gradients are recorded. Neither copied nor moved;
// tapes close innermost first, on the thread that opened them. A tape inside another one shares its list, so
// derivatives pass through.
class [[nodiscard]] Tape {
 public:
  explicit Tape(Location opened = Location::current());
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // How many records were made since this tape opened.
  std::size_t size() const;
  // How many bytes of tensors these records keep for backward; what two of them keep counts twice.
  std::size_t kept_bytes() const;
  // Records, kept bytes and call sites, as text for a person.
  std::string report() const;
  // The records as a graph for Graphviz.
  std::string dot() const;

 private:
  Recording* outer_;  // what recorded before: null when nothing did
  std::uint32_t first_;
  Location opened_;
};

// A scope in which nothing is recorded.
class [[nodiscard]] NoGrad {
 public:
  NoGrad() : paused_(std::exchange(recording, nullptr)) {}
  ~NoGrad() { recording = paused_; }
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  Recording* paused_;
};

}  // namespace gradtape
