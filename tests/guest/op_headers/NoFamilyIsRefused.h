// says: includes no op family: one of
struct M { static constexpr auto name = "m"; };
