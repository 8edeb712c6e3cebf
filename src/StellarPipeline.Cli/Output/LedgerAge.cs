namespace StellarPipeline.Cli.Output;

/// <summary>Writes an age for people.</summary>
internal static class LedgerAge
{
    /// <summary>The largest two units.</summary>
    public static string Of(TimeSpan age)
    {
        if (age < TimeSpan.Zero) age = TimeSpan.Zero;
        return age.TotalDays >= 1 ? FormattableString.Invariant($"{(int)age.TotalDays} d {age.Hours} h")
            : age.TotalHours >= 1 ? FormattableString.Invariant($"{age.Hours} h {age.Minutes} min")
            : age.TotalMinutes >= 1 ? FormattableString.Invariant($"{age.Minutes} min {age.Seconds} s")
            : FormattableString.Invariant($"{age.Seconds} s");
    }
}
