#include <algorithm>

#include "driver/json.h"
#include "driver/safetensors.h"
#include "driver/safetensors_format.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using ir::Message;

constexpr std::size_t max_header_bytes = 100'000'000;
constexpr std::ptrdiff_t max_rank = 64;

/// A tensor as the header announces it.
struct Entry {
  std::string name;
  ir::Type type;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// A name from a file, fit for a message.
std::string quoted(std::string_view name) { return json_string(name.substr(0, 80)); }

/// Reads and checks one file. Every check returns false after it has reported.
class Decoder {
 public:
  Decoder(std::span<const std::byte> bytes, const std::string& name, ir::Location location,
          ir::Diagnostics& diagnostics)
      : bytes_(bytes), name_(name), location_(location), diagnostics_(diagnostics) {}

  std::optional<Safetensors> decode() {
    if (!split_file() || !read_header() || !check_names() || !check_layout()) return std::nullopt;
    std::ranges::sort(entries_, {}, [](const Entry& entry) {
      return safetensors::order_key(entry.name, entry.type);
    });
    Safetensors content;
    for (const Entry& entry : entries_)
      if (!copy_tensor(entry, content)) return std::nullopt;
    content.metadata.insert(metadata_.begin(), metadata_.end());
    return check_sum(content) ? std::optional(std::move(content)) : std::nullopt;
  }

 private:
  template <typename... Arguments>
  bool malformed(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    diagnostics_.report(location_, Message::malformed_file, name_, "safetensors",
                        fmt::format(format, std::forward<Arguments>(arguments)...));
    return false;
  }

  bool split_file() {
    using safetensors::length_bytes;
    if (bytes_.size() < length_bytes) return malformed("it ends after {} bytes", bytes_.size());
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
      length |= static_cast<std::uint64_t>(bytes_[i]) << (8 * i);
    if (length > max_header_bytes) return malformed("its header of {} bytes is too large", length);
    if (length > bytes_.size() - length_bytes) return malformed("it ends within its header");
    header_ = text_of(bytes_.subspan(length_bytes, length));
    data_ = bytes_.subspan(length_bytes + length);
    return true;
  }

  bool read_header() {
    if (!header_.starts_with('{')) return malformed("its header does not begin with `{{`");
    JsonReader json(header_);
    const bool read = json.object([&](const std::string& key) {
      return key == safetensors::metadata_key ? read_metadata(json) : read_entry(json, key);
    });
    if (read && json.at_end()) return true;
    // What an entry said wrong has been reported more precisely.
    return reported_ ? false : malformed("its header is no such JSON: {}", json.error());
  }

  bool read_metadata(JsonReader& json) {
    if (seen_metadata_) return entry_error(safetensors::metadata_key, "occurs twice");
    seen_metadata_ = true;
    return json.object([&](const std::string& key) {
      std::optional<std::string> value = json.string();
      if (!value) return false;
      metadata_.emplace_back(key, *std::move(value));
      return true;
    });
  }

  bool read_entry(JsonReader& json, const std::string& name) {
    std::optional<std::string> dtype;
    std::optional<std::vector<std::int64_t>> shape, offsets;
    const bool read = json.object([&](const std::string& key) {
      if (key == "dtype" && !dtype) return (dtype = json.string()).has_value();
      if (key == "shape" && !shape) return (shape = read_integers(json, max_rank)).has_value();
      if (key == "data_offsets" && !offsets) return (offsets = read_integers(json, 2)).has_value();
      return entry_error(name, "has an unknown or repeated key");
    });
    if (!read) return false;
    if (!dtype || !shape || !offsets || offsets->size() != 2)
      return entry_error(name, "lacks `dtype`, `shape` or two `data_offsets`");
    const std::optional<ir::DType> known = safetensors::find_dtype(*dtype);
    if (!known) return reject_dtype(*dtype);
    entries_.push_back({name, ir::Type{*known, *shape}, (*offsets)[0], (*offsets)[1]});
    return true;
  }

  static std::optional<std::vector<std::int64_t>> read_integers(JsonReader& json,
                                                                std::ptrdiff_t limit) {
    std::vector<std::int64_t> values;
    const bool read = json.array([&] {
      const std::optional<std::int64_t> value = json.integer();
      if (!value || std::ssize(values) == limit) return false;
      values.push_back(*value);
      return true;
    });
    return read ? std::optional(std::move(values)) : std::nullopt;
  }

  bool entry_error(std::string_view name, std::string_view what) {
    reported_ = true;
    return malformed("{} {}", quoted(name), what);
  }

  bool reject_dtype(const std::string& dtype) {
    reported_ = true;
    diagnostics_.report(location_, Message::unsupported_elements, name_, quoted(dtype),
                        "F32, F64, I32, I64, U8 and BOOL");
    return false;
  }

  bool check_names() {
    std::vector<std::string_view> names;
    for (const Entry& entry : entries_) names.push_back(entry.name);
    if (const auto twice = find_repeated(names))
      return malformed("{} occurs twice", quoted(*twice));
    names.clear();
    for (const auto& [key, value] : metadata_) names.push_back(key);
    if (const auto twice = find_repeated(names))
      return malformed("its metadata repeat {}", quoted(*twice));
    return true;
  }

  static std::optional<std::string_view> find_repeated(std::vector<std::string_view>& names) {
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    return twice == names.end() ? std::nullopt : std::optional(*twice);
  }

  /// The tensors follow one another from the first byte of the data to the last.
  bool check_layout() {
    std::ranges::sort(entries_, {},
                      [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
    std::int64_t expected = 0;
    for (const Entry& entry : entries_) {
      if (!ir::is_valid(entry.type))
        return malformed("the shape of {} is impossible", quoted(entry.name));
      if (entry.begin != expected)
        return malformed("{} begins at byte {} of the data, not at {}", quoted(entry.name),
                         entry.begin, expected);
      // Both are at most the largest tensor, so the sum cannot overflow.
      if (entry.end != entry.begin + entry.type.bytes())
        return malformed("{} ends at byte {} of the data but {} takes {} bytes", quoted(entry.name),
                         entry.end, entry.type, entry.type.bytes());
      if (entry.end > std::ssize(data_)) return malformed("it ends within {}", quoted(entry.name));
      expected = entry.end;
    }
    if (expected == std::ssize(data_)) return true;
    return malformed("{} bytes follow the last tensor", std::ssize(data_) - expected);
  }

  bool copy_tensor(const Entry& entry, Safetensors& content) {
    const auto size = static_cast<std::size_t>(entry.type.bytes());
    const std::span<const std::byte> bytes =
        data_.subspan(static_cast<std::size_t>(entry.begin), size);
    const auto is_bool = [](std::byte byte) { return byte <= std::byte{1}; };
    if (entry.type.dtype == ir::DType::boolean && !std::ranges::all_of(bytes, is_bool))
      return malformed("a bool of {} is neither 0 nor 1", quoted(entry.name));
    NamedTensor& tensor =
        content.tensors.emplace_back(NamedTensor{entry.name, ir::Tensor(entry.type)});
    std::ranges::copy(bytes, tensor.value.data());
    return true;
  }

  bool check_sum(Safetensors& content) {
    const auto checksum = content.metadata.find(std::string(safetensors::checksum_key));
    if (checksum == content.metadata.end()) return true;
    const std::string stated = checksum->second;
    content.metadata.erase(checksum);
    if (stated == safetensors::checksum_of(content)) return true;
    return malformed(
        "its checksum does not match; it is damaged, or another tool changed it and kept `{}`",
        safetensors::checksum_key);
  }

  const std::span<const std::byte> bytes_;
  const std::string& name_;
  const ir::Location location_;
  ir::Diagnostics& diagnostics_;
  std::string_view header_;
  std::span<const std::byte> data_;
  std::vector<Entry> entries_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  bool seen_metadata_ = false;
  bool reported_ = false;
};

}  // namespace

std::optional<Safetensors> decode_safetensors(std::span<const std::byte> bytes,
                                              const std::string& name, ir::Location location,
                                              ir::Diagnostics& diagnostics) {
  return Decoder(bytes, name, location, diagnostics).decode();
}

}  // namespace gradc::driver
