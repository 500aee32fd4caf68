// says: pointwise: ::M ::N ::O ::P[.]
#include <gradtape/ops/pointwise.h>
template <class Real, int N = (3 > 2)> struct Base { Real samples[N]; };
struct M : Base<decltype(float{})> { static constexpr auto name = "m"; };
struct [[maybe_unused]] alignas(16) N final : Base<Base<float>> { static constexpr auto name = "n"; };
class GT_SOMETHING O : public Base<int> { int hidden; public: static constexpr const char* name = "o"; };
extern "C++" { struct P { static inline constexpr const char *const name = "p"; }; }
