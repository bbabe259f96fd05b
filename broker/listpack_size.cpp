#include "broker/listpack_size.h"

#include "common/resp_request.h"

namespace parley::broker::listpack {

namespace {

constexpr std::uint64_t kHeaderAndEnd = 7;
constexpr std::size_t kIntegerDigitsMax = 20;

// Each element is followed by its own length, for walking backwards.
std::uint64_t with_length_behind(std::uint64_t size) {
  if (size <= 127) return size + 1;
  if (size < 16'383) return size + 2;
  if (size < 2'097'151) return size + 3;
  if (size < 268'435'455) return size + 4;
  return size + 5;
}

std::uint64_t integer_size(std::int64_t value) {
  if (value >= 0 && value <= 127) return with_length_behind(1);
  if (value >= -4096 && value <= 4095) return with_length_behind(2);
  if (value >= INT16_MIN && value <= INT16_MAX) return with_length_behind(3);
  if (value >= -8'388'608 && value <= 8'388'607) return with_length_behind(4);
  if (value >= INT32_MIN && value <= INT32_MAX) return with_length_behind(5);
  return with_length_behind(9);
}

std::uint64_t word_size(std::string_view word) {
  std::int64_t value = 0;
  if (word.size() <= kIntegerDigitsMax && resp::parse_integer(word, value)) {
    return integer_size(value);
  }
  if (word.size() < 64) return with_length_behind(word.size() + 1);
  if (word.size() < 4096) return with_length_behind(word.size() + 2);
  return with_length_behind(word.size() + 5);
}

std::uint64_t count_size(std::uint64_t value) {
  return integer_size(static_cast<std::int64_t>(value));
}

}  // namespace

std::uint64_t header_size(Words words) {
  std::uint64_t size =
      kHeaderAndEnd + count_size(1) + count_size(0) + count_size(words.size() / 2) + count_size(0);
  for (std::size_t i = 0; i < words.size(); i += 2) size += word_size(words[i]);
  return size;
}

std::uint64_t entry_size(StreamId distance, Words words, bool same_fields) {
  const std::uint64_t fields = words.size() / 2;
  const std::uint64_t elements = 3 + fields + (same_fields ? 0 : fields + 1);
  std::uint64_t size = count_size(same_fields ? 2 : 0) + count_size(distance.ms) +
                       count_size(distance.seq) + count_size(elements);
  if (!same_fields) size += count_size(fields);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i % 2 == 1 || !same_fields) size += word_size(words[i]);
  }
  return size;
}

}  // namespace parley::broker::listpack
