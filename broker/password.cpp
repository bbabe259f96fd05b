#include "broker/password.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace parley::broker {

bool Password::matches(std::string_view given) const {
  if (text_.empty()) return false;
  unsigned difference = given.size() == text_.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ text_[i % text_.size()]);
  }
  return difference == 0;
}

Password read_password(const std::string& file) {
  std::ifstream stream(file);
  std::string line;
  if (!stream) {
    throw std::runtime_error("cannot read the password file " + file + ": " + std::strerror(errno));
  }
  std::getline(stream, line);
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) {
    throw std::runtime_error("the password file " + file +
                             " has an empty first line: write the password there");
  }
  return Password(line);
}

}  // namespace parley::broker
