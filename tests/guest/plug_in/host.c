// host <plug-in> <file>: opens the plug-in while two threads run already, trains on both, and closes it again. The thread-local storage of
// the file, which holds gradtape, must be small: a program that opens it has only a little to give.
#include <dlfcn.h>
#include <elf.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static const unsigned long most_thread_local_bytes = 64;

static void require(int condition, const char* what) {
  if (condition) return;
  const char* error = dlerror();
  fprintf(stderr, "%s%s%s\n", what, error ? ": " : "", error ? error : "");
  exit(1);
}

static unsigned long thread_local_bytes(const char* path) {
  FILE* file = fopen(path, "rb");
  Elf64_Ehdr header;
  require(file && fread(&header, sizeof header, 1, file) == 1, path);
  unsigned long bytes = 0;
  for (int i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part;
    fseek(file, (long)(header.e_phoff + (unsigned long)i * header.e_phentsize), SEEK_SET);
    require(fread(&part, sizeof part, 1, file) == 1, path);
    if (part.p_type == PT_TLS) bytes += part.p_memsz;
  }
  fclose(file);
  return bytes;
}

static sem_t opened;
static double (*train)(int);

static void require_training(void) {
  require(fabs(train(100)) < 1e-3, "the plug-in does not train");
}
static void* train_later(void* nothing) {
  sem_wait(&opened);
  require_training();
  return nothing;
}

int main(int count, char** arguments) {
  require(count == 3, "host <plug-in> <file>");
  pthread_t other;
  sem_init(&opened, 0, 0);
  require(pthread_create(&other, NULL, train_later, NULL) == 0, "no thread");

  void* plug_in = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  require(plug_in != NULL, "the plug-in cannot be opened");
  *(void**)&train = dlsym(plug_in, "train");
  require(train != NULL, "there is no train");
  sem_post(&opened);
  pthread_join(other, NULL);  // what it left, the team of threads among it, is gone when the plug-in is
  require(dlclose(plug_in) == 0, "the plug-in cannot be closed");

  plug_in = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  require(plug_in != NULL, "the plug-in cannot be opened again");
  *(void**)&train = dlsym(plug_in, "train");
  require_training();
  require(dlclose(plug_in) == 0, "the plug-in cannot be closed again");

  const unsigned long bytes = thread_local_bytes(arguments[2]);
  printf("%lu bytes of thread-local storage\n", bytes);
  return bytes <= most_thread_local_bytes ? 0 : 1;
}
