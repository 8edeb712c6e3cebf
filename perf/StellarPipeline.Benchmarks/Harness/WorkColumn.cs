using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace StellarPipeline.Benchmarks.Harness;

/// <summary>A column that relates a benchmark's mean time and allocation to its amount of work.</summary>
/// <param name="name">Heading.</param>
/// <param name="legend">Meaning.</param>
/// <param name="compute">Computes the value from the amount of one call, its nanoseconds and its allocated bytes.</param>
internal sealed class WorkColumn(string name, string legend, Func<WorkAmount, double, long, double> compute) : IColumn
{
    public string Id => nameof(WorkColumn) + name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => legend;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (WorkAmounts.Of(benchmarkCase) is not { } amount || summary[benchmarkCase] is not { ResultStatistics: { } statistics } report)
            return "?";
        double value = compute(amount, statistics.Mean, report.GcStats.GetBytesAllocatedPerOperation(benchmarkCase) ?? 0);
        return double.IsFinite(value) ? value.ToString(value < 100 ? "N2" : "N0", CultureInfo.InvariantCulture) : "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;

    public override string ToString() => name;
}
