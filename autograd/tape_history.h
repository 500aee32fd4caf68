// What messages need to know of a thread's tapes. Internal.
#pragma once

#include <cstdint>

#include <gradtape/autograd/recording.h>

namespace gradtape::detail {

// Where the tape of a generation was opened, if it closed on this thread not long ago; else null.
const Location* opening_of(std::uint64_t generation);

// The list of this thread's open tape, paused or not; null when no tape is open.
Recording* open_recording();

}  // namespace gradtape::detail
