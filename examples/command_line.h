// What the programs say to a command line that is wrong.
#pragma once

#include <string>
#include <vector>

// The name that the word was probably meant to be, or nothing.
std::string nearest(const std::string& word, const std::vector<std::string>& names);

// Throws std::runtime_error, naming the option, when no file can be written there. An empty path is none.
void require_writable(const char* option, const std::string& path);
