// A typo in an option is an error.
// says: has no non-static data member named|does not refer to any field|no matching function
#include <gradtape/gradtape.h>
void f(gradtape::Linear& model) { gradtape::SGD optimizer(model.parameters(), {.momentun = 0.9}); }
