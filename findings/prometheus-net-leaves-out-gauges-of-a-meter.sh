#!/usr/bin/env bash
# prometheus-net 8.2.1 (NuGet), .NET 10.
#
# prometheus-net exports the instruments of .NET's meters (System.Diagnostics.Metrics) by itself, without a word of set-up. But it knows the kinds of
# .NET 6 and 7 only: an instrument that Meter.CreateGauge makes (Gauge<T>, .NET 9) is left out, silently, while a counter, an up-down counter, a
# histogram and an observable gauge of the same meter are there. So "the latest ledger" is missing in /metrics, and every test that listens
# with a MeterListener of its own passes.
#
# The way out: an observable gauge (CreateObservableGauge) that gives the value when it is asked.
set -euo pipefail
work=$(mktemp -d); cd "$work"
trap 'rm -rf "$work"' EXIT
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
  <ItemGroup><PackageReference Include="prometheus-net" Version="8.2.1" /></ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using System.Diagnostics.Metrics;
using System.Text;
using Prometheus;

CollectorRegistry registry = Metrics.NewCustomRegistry();
using IDisposable adapter = MeterAdapter.StartListening(new MeterAdapterOptions
{
    Registry = registry,
    MetricFactory = Metrics.WithCustomRegistry(registry),
    InstrumentFilterPredicate = instrument => instrument.Meter.Name == "finding",
});
var meter = new Meter("finding");
meter.CreateCounter<long>("a.counter").Add(1);
meter.CreateUpDownCounter<long>("an.up.down.counter").Add(1);
meter.CreateHistogram<double>("a.histogram").Record(1);
meter.CreateObservableGauge("an.observable.gauge", () => 1L);
meter.CreateGauge<long>("a.gauge").Record(1);
using var page = new MemoryStream();
await registry.CollectAndExportAsTextAsync(page);
string text = Encoding.UTF8.GetString(page.ToArray());
foreach (string name in new[] { "a_counter", "an_up_down_counter", "a_histogram", "an_observable_gauge", "a_gauge" })
    Console.WriteLine($"{name}: {(text.Contains($"finding_{name}", StringComparison.Ordinal) ? "exported" : "left out")}");
X
dotnet run -c Release 2>&1 | grep -v "warning NU1603" | tee actual
cat > expected <<'X'
a_counter: exported
an_up_down_counter: exported
a_histogram: exported
an_observable_gauge: exported
a_gauge: left out
X
diff expected actual && echo "as described"
