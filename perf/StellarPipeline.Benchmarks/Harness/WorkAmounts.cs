using System.Collections.Concurrent;
using BenchmarkDotNet.Running;

namespace StellarPipeline.Benchmarks.Harness;

/// <summary>
/// The amounts of work that the set-ups of the benchmarks recorded, for the columns. Benchmarks run in this process, so a table in memory
/// is enough.
/// </summary>
internal static class WorkAmounts
{
    private static readonly ConcurrentDictionary<string, WorkAmount> Amounts = new();

    /// <summary>Records the work of one call; all benchmarks of a class with the same parameters do the same amount.</summary>
    public static void Record<TBenchmarks>(WorkAmount amount, params object[] parameters) =>
        Amounts[Key(typeof(TBenchmarks), parameters)] = amount;

    /// <summary>The amount of a benchmark; null if its set-up did not run.</summary>
    public static WorkAmount? Of(BenchmarkCase benchmark) =>
        Amounts.TryGetValue(Key(benchmark.Descriptor.Type, benchmark.Parameters.Items.Select(item => item.Value)), out WorkAmount amount)
            ? amount
            : null;

    private static string Key(Type benchmarks, IEnumerable<object> parameters) => $"{benchmarks.FullName}|{string.Join('|', parameters)}";
}
