#include "driver/bench/kernels.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "driver/bench/timing.h"
#include "ir/compose.h"
#include "ir/ops.h"

namespace gradc::driver {

namespace {

using codegen::ProfileSite;
using codegen::SiteTotal;

/// "kernel3.pack" of "Mlp.kernel3.pack".
std::string without_program(const std::string& task) {
  const auto dot = task.find('.');
  return dot == std::string::npos ? task : task.substr(dot + 1);
}

/// Of one call.
Work work_of(const ProfileSite& site) {
  if (!site.node || !site.is_work) return {};
  const ir::Graph& group = site.node->bodies.front();
  const ir::Kernel kernel = *ir::compose(group);
  Work out = arithmetic_of(group);
  for (const ir::Output& output : kernel.outputs) out.bytes_written += output.type.bytes();
  out.bytes = out.bytes_written;
  for (std::size_t i = 0; i < kernel.operands.size(); ++i) out.bytes += bytes_read(kernel, i);
  return out;
}

/// Sites of one task with the same lines have one row.
class Rows {
 public:
  explicit Rows(const std::vector<ProfileSite>& sites) {
    std::map<std::string, std::size_t> known;
    for (const ProfileSite& site : sites) {
      KernelReport row{.task = without_program(site.task)};
      if (site.node) row.lines = lines_of(site.node->bodies.front());
      if (site.node && site.is_work) row.ops = ops_of(site.node->bodies.front());
      std::string key = row.task;
      for (const ModelLines& lines : row.lines) {
        key += '\n' + lines.file;
        for (const std::uint32_t line : lines.lines) key += ':' + std::to_string(line);
      }
      const auto [place, is_new] = known.try_emplace(key, rows_.size());
      if (is_new) rows_.push_back(std::move(row));
      row_of_.push_back(place->second);
    }
  }

  KernelReport& operator[](std::size_t site) { return rows_[row_of_[site]]; }

  /// The rows that were called, slowest first, and the new number of each site's row.
  std::vector<KernelReport> sorted(std::vector<std::size_t>& number_of_site) const {
    std::vector<std::size_t> order;
    for (std::size_t row = 0; row < rows_.size(); ++row)
      if (rows_[row].calls > 0) order.push_back(row);
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](std::size_t row) { return rows_[row].seconds; });
    std::vector<std::size_t> number(rows_.size(), 0);
    std::vector<KernelReport> out;
    for (const std::size_t row : order) {
      number[row] = out.size();
      out.push_back(rows_[row]);
    }
    for (const std::size_t row : row_of_) number_of_site.push_back(number[row]);
    return out;
  }

 private:
  std::vector<KernelReport> rows_;
  std::vector<std::size_t> row_of_;  // by site
};

/// Calls of an entry, and what its clock said meanwhile.
struct Watched {
  double calls = 0;
  double seconds = 0;
  double seconds_per_tick = 0;
};

Watched watch(codegen::Profile& profile, const std::function<void(std::int64_t)>& repeat,
              double seconds) {
  repeat(2);
  profile.clear();
  Watched out;
  const std::int64_t began = profile.now();
  // In batches that double, so that looking at the clock costs nothing.
  for (std::int64_t calls = 1; out.seconds < seconds; calls *= 2) {
    const double left = (seconds - out.seconds) / std::max(out.seconds, 1e-9) * out.calls;
    if (out.calls > 0) calls = std::clamp<std::int64_t>(std::llround(left), 1, calls);
    out.seconds += seconds_of([&] { repeat(calls); });
    out.calls += static_cast<double>(calls);
  }
  out.seconds_per_tick = out.seconds / static_cast<double>(profile.now() - began);
  return out;
}

}  // namespace

std::vector<ModelLines> lines_of(const ir::Graph& group) {
  std::map<std::string, std::set<std::uint32_t>> lines;
  for (const ir::NodeId node : ir::nodes(group))
    if (const ir::Location location = group[node].location)
      lines[location.source->name].insert(ir::position_of(location).line);
  std::vector<ModelLines> out;
  for (const auto& [file, numbers] : lines) out.push_back({file, {numbers.begin(), numbers.end()}});
  return out;
}

std::vector<std::string_view> ops_of(const ir::Graph& group) {
  std::vector<std::string_view> out;
  for (const ir::NodeId node : ir::nodes(group)) {
    const ir::Op& op = *group[node].op;
    if (!op.kernel || std::ranges::count(out, op.name) > 0) continue;
    const bool computes = std::ranges::any_of(
        ir::kernel_of(group, node).body, [](const ir::Instruction& instruction) {
          return instruction.op != ir::ScalarOp::load && instruction.op != ir::ScalarOp::constant;
        });
    if (computes) out.push_back(op.name);
  }
  return out;
}

namespace {

/// What a call of the entry took in each task, by its row.
void count(Rows& rows, const codegen::Profile& profile, const Watched& watched,
           const Rates& machine, MachineLimits& limits) {
  const std::vector<SiteTotal> totals = profile.totals();
  for (std::size_t site = 0; site < totals.size(); ++site) {
    if (totals[site].calls == 0) continue;
    const double calls = static_cast<double>(totals[site].calls) / watched.calls;
    const double ticks = static_cast<double>(totals[site].ticks) / watched.calls;
    const Work work = work_of(profile.sites()[site]);
    Rates rates = machine;
    rates.bytes = limits.bandwidth(work);
    KernelReport& row = rows[site];
    row.calls += calls;
    row.seconds += ticks * watched.seconds_per_tick;
    row.floor += calls * floor_of(work, rates);
    row.work.add(work, std::llround(calls));
  }
}

/// Every task of one call, when it began and ended.
void record(ProfileReport& out, codegen::Profile& profile, const std::function<void()>& call,
            double seconds_per_tick, const std::vector<std::size_t>& row_of_site) {
  profile.start_recording();
  const std::int64_t began = profile.now();
  call();
  const codegen::Profile::Recording recording = profile.stop_recording();
  const auto since = [&](std::int64_t ticks) {
    return static_cast<double>(ticks - began) * seconds_per_tick;
  };
  for (const codegen::SiteEvent& event : recording.events)
    out.trace.push_back(
        {row_of_site[static_cast<std::size_t>(event.site)], since(event.begin), since(event.end)});
  out.events_lost = recording.lost;
}

}  // namespace

ProfileReport profile(Executable& executable, const Executable::Entry& entry,
                      const MadeUpCall& call, const Instance& instance, double seconds,
                      const Rates& machine, MachineLimits& limits) {
  codegen::Profile& profile = executable.profile();
  const gradc_frame frame = instance.frame(call.inputs(), call.outputs());
  const auto repeat = [&](std::int64_t calls) {
    for (std::int64_t i = 0; i < calls; ++i) entry.code(&frame);
  };
  const Watched watched = watch(profile, repeat, seconds);

  Rows rows(profile.sites());
  count(rows, profile, watched, machine, limits);

  ProfileReport out{.seconds = watched.seconds / watched.calls};
  std::vector<std::size_t> row_of_site;
  out.kernels = rows.sorted(row_of_site);
  record(out, profile, [&] { repeat(1); }, watched.seconds_per_tick, row_of_site);
  return out;
}

}  // namespace gradc::driver
