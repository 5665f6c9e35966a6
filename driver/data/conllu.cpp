#include "driver/data/conllu.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "driver/data/files.h"
#include "driver/utf8.h"
#include "ir/messages.h"

namespace gradc::driver {

namespace {

using frontend::SequenceColumn;
using ir::Message;

constexpr std::string_view columns[] = {"id",    "form", "lemma",  "upos", "xpos",
                                        "feats", "head", "deprel", "deps", "misc"};
constexpr std::string_view length_column = "length";
constexpr std::int32_t unknown = 1, first_word = 2;

using Sentence = std::vector<std::string_view>;  ///< one field of every word

/// What is in front of the next `end`, which is taken away with it.
std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

std::string_view first_letters(std::string_view word, std::int64_t count) {
  std::size_t size = 0;
  for (std::int64_t i = 0; i < count && size < word.size(); ++i)
    size += std::max<std::size_t>(utf8_length(word.substr(size)), 1);
  return word.substr(0, size);
}

std::string_view last_letters(std::string_view word, std::int64_t count) {
  const auto is_inside = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
  };
  std::size_t begin = word.size();
  for (std::int64_t i = 0; i < count && begin > 0; ++i)
    while (--begin > 0 && is_inside(word[begin])) {
    }
  return word.substr(begin);
}

std::string_view part_of(std::string_view word, const SequenceColumn& column) {
  if (column.prefix > 0) word = first_letters(word, column.prefix);
  return column.suffix > 0 ? last_letters(word, column.suffix) : word;
}

/// The sentences of one file; views of its bytes.
class File {
 public:
  File(std::size_t field, const SequenceColumn& column, const std::string& path,
       ir::Location location, ir::Diagnostics& diagnostics)
      : field_(field),
        column_(column),
        path_(path),
        location_(location),
        diagnostics_(diagnostics) {}

  bool read(std::string_view text, std::vector<Sentence>& sentences) {
    Sentence sentence;
    for (line_ = 1; !text.empty(); ++line_) {
      std::string_view line = take_until(text, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || text.empty()) {
        if (!line.empty() && !read_word(line, sentence)) return false;
        if (!sentence.empty()) sentences.push_back(std::move(sentence));
        sentence = {};
      } else if (!read_word(line, sentence)) {
        return false;
      }
    }
    return true;
  }

 private:
  bool read_word(std::string_view line, Sentence& sentence) {
    if (line.starts_with('#')) return true;
    std::vector<std::string_view> fields;
    std::string_view rest = line;
    while (!rest.empty()) fields.push_back(take_until(rest, '\t'));
    if (fields.size() != std::size(columns)) {
      diagnostics_.report(location_, Message::malformed_file, path_, "CoNLL-U",
                          fmt::format("line {} has {} columns instead of {}", line_, fields.size(),
                                      std::size(columns)));
      return false;
    }
    // 3-4 is a token made of the words 3 and 4, and 4.1 is a word that is not written.
    if (fields[0].find_first_of("-.") == std::string_view::npos)
      sentence.push_back(part_of(fields[field_], column_));
    return true;
  }

  std::size_t field_;
  const SequenceColumn& column_;
  const std::string& path_;
  ir::Location location_;
  ir::Diagnostics& diagnostics_;
  std::size_t line_ = 1;
};

/// Words and their numbers.
class Vocabulary {
 public:
  Vocabulary(std::span<const Sentence> sentences, std::int64_t most) {
    struct Count {
      std::string_view word;
      std::int64_t times = 0;
    };
    std::vector<Count> counts;
    for (const Sentence& sentence : sentences)
      for (const std::string_view word : sentence) {
        const auto place = numbers_.try_emplace(word, static_cast<std::int32_t>(counts.size()));
        if (place.second) counts.push_back({word});
        ++counts[static_cast<std::size_t>(place.first->second)].times;
      }
    // Of those that are equally frequent, the one that comes first in the text comes first.
    std::ranges::stable_sort(counts, std::greater(), &Count::times);
    numbers_.clear();
    for (const Count& count : counts) {
      const std::int64_t number = first_word + std::ssize(numbers_);
      if (most > 0 && number >= most) break;
      numbers_.emplace(count.word, static_cast<std::int32_t>(number));
    }
  }

  std::int32_t number_of(std::string_view word) const {
    const auto found = numbers_.find(word);
    return found == numbers_.end() ? unknown : found->second;
  }

 private:
  std::unordered_map<std::string_view, std::int32_t> numbers_;
};

/// Sentences in pieces of at most `length` words.
std::vector<std::span<const std::string_view>> pieces(std::span<const Sentence> sentences,
                                                      std::size_t length) {
  std::vector<std::span<const std::string_view>> out;
  for (const Sentence& sentence : sentences)
    for (std::span<const std::string_view> rest = sentence; !rest.empty();) {
      out.push_back(rest.first(std::min(length, rest.size())));
      rest = rest.subspan(out.back().size());
    }
  return out;
}

std::size_t longest(std::span<const Sentence> sentences) {
  std::size_t length = 0;
  for (const Sentence& sentence : sentences) length = std::max(length, sentence.size());
  return length;
}

}  // namespace

std::optional<ir::Tensor> read_conllu(std::span<const std::string> paths,
                                      const SequenceColumn& column, ir::Location location,
                                      ir::Diagnostics& diagnostics) {
  const bool is_length = column.name == length_column;
  const auto* const field = std::ranges::find(columns, is_length ? "id" : column.name);
  if (field == std::end(columns))
    return diagnostics.report(location, Message::csv_unknown_column, paths.front(), column.name)
        .note(fmt::format("its columns are: {}, {}", fmt::join(columns, ", "), length_column));

  std::vector<Bytes> texts;  // outlive the views of them
  std::vector<Sentence> sentences;
  std::size_t in_first = 0;
  for (const std::string& path : paths) {
    auto bytes = read_unzipped_file(path, location, diagnostics);
    if (!bytes) return std::nullopt;
    texts.push_back(std::move(*bytes));
    File file(static_cast<std::size_t>(field - columns), column, path, location, diagnostics);
    if (!file.read(text_of(texts.back()), sentences)) return std::nullopt;
    if (texts.size() == 1) in_first = sentences.size();
  }
  const auto length =
      column.length > 0 ? static_cast<std::size_t>(column.length) : longest(sentences);
  const auto examples = pieces(sentences, length);

  ir::Type type{ir::DType::i32, {std::ssize(examples)}};
  if (!is_length) type.shape.push_back(static_cast<std::int64_t>(length));
  if (!ir::is_valid(type))
    return diagnostics.report(location, Message::tensor_too_large, paths.front(),
                              ir::max_tensor_bytes);
  ir::Tensor out(type);
  const std::span<std::int32_t> numbers = out.as<std::int32_t>();
  const Vocabulary vocabulary(std::span<const Sentence>(sentences).first(in_first), column.most);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (is_length) numbers[i] = static_cast<std::int32_t>(examples[i].size());
    for (std::size_t t = 0; t < examples[i].size() && !is_length; ++t)
      numbers[i * length + t] = vocabulary.number_of(examples[i][t]);
  }
  return out;
}

}  // namespace gradc::driver
