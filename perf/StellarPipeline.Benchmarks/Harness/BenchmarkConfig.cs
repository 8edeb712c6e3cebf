using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace StellarPipeline.Benchmarks.Harness;

/// <summary>How the benchmarks run, and the columns of their tables.</summary>
/// <remarks>
/// Benchmarks run in this process: BenchmarkDotNet's default toolchain builds a project for each run, which fails with the solution's build
/// settings.
/// </remarks>
internal sealed class BenchmarkConfig : ManualConfig
{
    public BenchmarkConfig(bool quick)
    {
        // Warm-ups are long enough for the JIT compiler's last tier, which starts some tenths of a second after the first calls.
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithId(quick ? "Quick" : "Full");
        AddJob(quick
            ? job.WithWarmupCount(10).WithIterationCount(3).WithIterationTime(TimeInterval.FromMilliseconds(100))
            : job.WithWarmupCount(12).WithIterationCount(15).WithIterationTime(TimeInterval.FromMilliseconds(300)));
        AddLogger(ConsoleLogger.Default);
        AddExporter(MarkdownExporter.GitHub);
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumn(TargetMethodColumn.Method, StatisticColumn.Mean, StatisticColumn.StdDev, BaselineRatioColumn.RatioMean);
        AddColumnProvider(DefaultColumnProviders.Params);
        AddColumn(
            new WorkColumn("MB/s", "Megabytes of input per second",
                (amount, nanoseconds, _) => amount.Bytes == 0 ? double.NaN : amount.Bytes / nanoseconds * 1e3),
            new WorkColumn("M entries/s", "Million entries, rows or messages per second",
                (amount, nanoseconds, _) => amount.Entries / nanoseconds * 1e3),
            new WorkColumn("ns/entry", "Nanoseconds per entry, row or message", (amount, nanoseconds, _) => nanoseconds / amount.Entries),
            new WorkColumn("B allocated/entry", "Managed bytes allocated per entry, row or message",
                (amount, _, allocated) => allocated / (double)amount.Entries));
        SummaryStyle = SummaryStyle.Default.WithTimeUnit(TimeUnit.Microsecond).WithMaxParameterColumnWidth(30);
        Options |= ConfigOptions.DisableLogFile;
        ArtifactsPath = Path.Combine(".artifacts", "benchmarks");
    }
}
