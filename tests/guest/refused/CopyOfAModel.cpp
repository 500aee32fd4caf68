// Two models that share parameters are made on purpose.
// says: deleted function
#include <gradtape/gradtape.h>
void f(gradtape::Linear& model) { gradtape::Linear copy = model; }
