// The tape: what was computed, in order, so that it can be walked backwards.
#pragma once

#include <span>
#include <string>

#include <gradtape/autograd/recording.h>

namespace gradtape {

namespace detail {

// Where the tape of a generation was opened, if it closed on this thread not long ago; else null.
const Location* opening_of(std::uint64_t generation);
// The list of this thread's open tape, paused or not; null when no tape is open.
Recording* open_recording();

}  // namespace detail

// While it lives, this thread records on a list, or on none; then again as before. Scopes usually close innermost
// first, but may in any order: what is left are the others. Internal.
class RecordingScope {
 public:
  explicit RecordingScope(detail::Recording* list);
  ~RecordingScope();
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;

 private:
  detail::Recording* before_;
  RecordingScope* outer_;
};

// A scope: while one is open on a thread, ops whose inputs want gradients are recorded. Neither copied nor moved;
// tapes close on the thread that opened them, usually innermost first, in any order when they live on the heap. A tape
// beside another one shares its list, so derivatives pass through: records stay until the last of them closes.
class [[nodiscard]] Tape {
 public:
  explicit Tape(Location opened = Location::current());
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // The records made since this tape opened, oldest first, for tools that read them: as long as no more are made. The
  // numbers of their inputs count from the outermost open tape's first.
  std::span<const Record* const> records() const;
  // How many there are.
  std::size_t size() const { return records().size(); }
  // How many bytes of tensors these records keep for backward; what two of them keep counts twice.
  std::size_t kept_bytes() const;
  // Records, kept bytes and call sites, as text for a person.
  std::string report() const;
  // The records as a graph for Graphviz.
  std::string dot() const;

 private:
  // The thread's list, kept open.
  struct Open {
    Location at;
    std::uint32_t first;  // record
    explicit Open(Location at);
    ~Open();
  };
  Open open_;
  RecordingScope scope_;  // ends before the list may close
};

// A scope in which nothing is recorded.
class [[nodiscard]] NoGrad {
 public:
  NoGrad() : scope_(nullptr) {}

 private:
  RecordingScope scope_;
};

}  // namespace gradtape
