using System.Diagnostics.CodeAnalysis;

namespace StellarPipeline.Generator;

/// <summary>Every failure that the generator reports.</summary>
internal static class GeneratorThrow
{
    [DoesNotReturn]
    public static void InvalidLedgerOptions(IReadOnlyList<string> problems) => throw new GeneratorException(
        $"{(problems.Count == 1 ? "1 problem" : $"{problems.Count} problems")} in the options of the ledger generator: "
        + string.Join(' ', problems.Select(static (problem, index) => $"({index + 1}) {problem}"))
        + " Nothing was written. Correct the named numbers and run again.");

    [DoesNotReturn]
    public static void InvalidNetworkOptions(IReadOnlyList<string> problems) => throw new GeneratorException(
        $"{(problems.Count == 1 ? "1 problem" : $"{problems.Count} problems")} in the options of the simulated network: "
        + string.Join(' ', problems.Select(static (problem, index) => $"({index + 1}) {problem}"))
        + " Nothing was written. Correct the named numbers and run again.");

    [DoesNotReturn]
    public static void NotACheckpoint(uint ledger, uint frequency) => throw new GeneratorException(
        $"The last ledger of the simulated network, {ledger:N0}, does not end a checkpoint: (ledger + 1) is not divisible by {frequency}. "
        + $"Advance it by {frequency - 1 - (ledger % frequency)} more ledgers, then write the checkpoint.");

    [DoesNotReturn]
    public static void InvalidOptions(IReadOnlyList<string> problems) => throw new GeneratorException(
        $"{(problems.Count == 1 ? "1 problem" : $"{problems.Count} problems")} in the options of the archive generator: "
        + string.Join(' ', problems.Select(static (problem, index) => $"({index + 1}) {problem}"))
        + " Nothing was written. Correct the named counts and run again.");
}
