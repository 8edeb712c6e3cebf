namespace StellarPipeline.Cli.Output;

/// <summary>Writes the close time of a ledger for people, with the precision of its header.</summary>
internal static class LedgerTime
{
    /// <summary><c>2026-11-23 17:00:05.250 UTC</c>; without milliseconds if the header has none.</summary>
    /// <param name="closeTime">When the ledger closed.</param>
    /// <param name="milliseconds">The same in milliseconds; null if the header has none.</param>
    public static string Text(DateTimeOffset closeTime, ulong? milliseconds) => milliseconds is null
        ? FormattableString.Invariant($"{closeTime:yyyy-MM-dd HH:mm:ss} UTC")
        : FormattableString.Invariant($"{closeTime:yyyy-MM-dd HH:mm:ss.fff} UTC");
}
