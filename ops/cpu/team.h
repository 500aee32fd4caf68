#pragma once
#include <cstdint>
namespace gradtape {
template <class F> void parallel_for(std::int64_t chunks, F&& f) { for (std::int64_t i = 0; i < chunks; ++i) f(i); }
}
