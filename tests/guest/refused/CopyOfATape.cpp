// A tape is a scope.
// says: deleted function
#include <gradtape/gradtape.h>
void f(gradtape::Tape& tape) { gradtape::Tape copy = tape; }
