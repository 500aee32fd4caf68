// Tensors hold numbers.
// says: no matching function
#include <gradtape/gradtape.h>
auto x = gradtape::tensor({"one", "two"});
