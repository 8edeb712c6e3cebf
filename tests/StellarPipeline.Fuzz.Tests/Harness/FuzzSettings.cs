using System.Globalization;

namespace StellarPipeline.Fuzz.Tests.Harness;

/// <summary>How long a run is: the same few thousand cases every time by default, millions where the environment asks for them.</summary>
/// <param name="Cases">Cases of one target.</param>
/// <param name="MaxTime">When to stop before.</param>
/// <param name="Seed">The seed; with a case's number it makes the case again.</param>
/// <param name="FirstCase">Number of the first case.</param>
internal sealed record FuzzSettings(long Cases, TimeSpan MaxTime, long Seed, long FirstCase)
{
    /// <summary>Cases of all targets together, for a long run.</summary>
    public const string CasesVariable = "PIPELINE_FUZZ_CASES";

    /// <summary>Another seed than 1.</summary>
    public const string SeedVariable = "PIPELINE_FUZZ_SEED";

    /// <summary>The number of one case, to run it again and nothing else.</summary>
    public const string CaseVariable = "PIPELINE_FUZZ_CASE";

    private const long ShortCases = 60_000;
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(10);

    public static FuzzSettings Of(int share)
    {
        long seed = Read(SeedVariable) ?? 1;
        if (Read(CaseVariable) is { } single)
            return new FuzzSettings(1, TimeSpan.MaxValue, seed, single);
        return Read(CasesVariable) is { } total
            ? new FuzzSettings(Math.Max(1, total * share / 100), TimeSpan.MaxValue, seed, 0)
            : new FuzzSettings(ShortCases * share / 100, ShortTime, seed, 0);
    }

    private static long? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
        ? long.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
        : null;
}
