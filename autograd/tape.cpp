#include <gradtape/autograd/tape.h>

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include <gradtape/autograd/thread_state.h>

namespace gradtape {

const Location* detail::opening_of(std::uint64_t generation) {
  for (const detail::Closed& closed : detail::thread_state->tapes.closed)
    if (closed.generation == generation) return &closed.opened;
  return nullptr;
}
detail::Recording* detail::open_recording() {
  return detail::thread_state->tapes.open_count ? &detail::thread_state->tapes.list : nullptr;
}

RecordingScope::RecordingScope(detail::Recording* list)
    : before_(std::exchange(detail::recording, list)),
      outer_(std::exchange(detail::own_thread_state().tapes.innermost, this)) {}
RecordingScope::~RecordingScope() {
  detail::ThreadTapes& tapes = detail::thread_state->tapes;
  if (tapes.innermost == this) {
    tapes.innermost = outer_;
    detail::recording = before_;
    return;
  }
  RecordingScope* inner = tapes.innermost;
  while (inner->outer_ != this) inner = inner->outer_;
  inner->outer_ = outer_;
  inner->before_ = before_;
}

Tape::Open::Open(Location at) : at(outermost(at)) {
  detail::ThreadTapes& tapes = detail::own_thread_state().tapes;
  tapes.list.open();
  ++tapes.open_count;
  first = tapes.list.size();
}
Tape::Open::~Open() {
  detail::ThreadTapes& tapes = detail::thread_state->tapes;
  if (--tapes.open_count == 0)
    tapes.closed[tapes.closed_count++ % detail::ThreadTapes::remembered] = {tapes.list.generation(), at};
  tapes.list.close();
}
Tape::Tape(Location opened) : open_(opened), scope_(&detail::thread_state->tapes.list) {}

std::span<const Record* const> Tape::records() const { return detail::thread_state->tapes.list.from(open_.first); }

namespace {

std::size_t kept_bytes_of(const Record& record) {
  std::size_t bytes = 0;
  for (int i = 0; i < record.kept_count; ++i)
    if (const TensorData* tensor = record.kept()[i].tensor; tensor && !record.is_leaf())
      bytes += static_cast<std::size_t>(tensor->count) * size_of(tensor->dtype);
  return bytes;
}

}  // namespace

std::size_t Tape::kept_bytes() const {
  std::size_t bytes = 0;
  for (const Record* record : records()) bytes += kept_bytes_of(*record);
  return bytes;
}

std::string Tape::report() const {
  struct Row {
    std::size_t records = 0, kept_bytes = 0;
  };
  std::map<std::tuple<std::string, std::string, std::uint32_t>, Row> rows;
  Row total;
  for (const Record* record : records()) {
    if (record->is_output()) continue;  // a part of its op's
    const std::size_t bytes = kept_bytes_of(*record);
    for (Row* row : {&rows[{record->op->name, record->at.file, record->at.line}], &total}) {
      ++row->records;
      row->kept_bytes += bytes;
    }
  }
  std::vector<std::pair<Row, std::string>> lines;
  for (const auto& [key, row] : rows) {
    const auto& [op, file, line] = key;
    lines.emplace_back(row, line ? fmt::format("{:<20} {}:{}", op, file, line) : op);
  }
  std::ranges::stable_sort(lines, std::greater(), [](const auto& line) { return line.first.kept_bytes; });
  std::string text = fmt::format("tape: {} records, {} bytes kept\n", total.records, total.kept_bytes);
  for (const auto& [row, what] : lines) text += fmt::format("{:>10} {:>14}  {}\n", row.records, row.kept_bytes, what);
  return text;
}

std::string Tape::dot() const {
  std::string text = "digraph tape {\n  rankdir=BT;\n";
  std::uint32_t number = open_.first;
  for (const Record* at : records()) {
    const Record& record = *at;
    std::string label = record.op->name;
    if (record.is_leaf()) {
      const Tensor leaf = Tensor::share(record.kept()[0].tensor);
      label = fmt::format("{} {}", leaf.name().empty() ? "leaf" : leaf.name(), to_string(leaf.shape()));
    } else if (record.is_output()) {
      label = fmt::format("{} {}", number - record.input(0) - 1, to_string(record.shape()));
    }
    text += fmt::format("  r{} [label=\"{}\"{}];\n", number, label, record.is_leaf() ? ", shape=box" : "");
    for (int i = 0; i < record.input_count; ++i)
      if (record.input(i) != no_record) text += fmt::format("  r{} -> r{};\n", record.input(i), number);
    ++number;
  }
  return text + "}\n";
}

}  // namespace gradtape
