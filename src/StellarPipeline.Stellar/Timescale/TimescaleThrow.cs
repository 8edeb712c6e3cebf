using StellarPipeline.Stellar.Jobs.Backfill;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>Creates every exception of TimescaleDB's configuration.</summary>
internal static class TimescaleThrow
{
    private const string Nothing = "Nothing was changed.";

    public static TimescaleException NotInstalled(string database) => new(
        $"The extension TimescaleDB is not installed in database {database}, so there is nothing to configure. {Nothing} Its history "
            + $"tables are plain tables, and work without it.");

    public static TimescaleException NoHypertables(string schema) => new(
        $"Schema {schema} has no history table that is a hypertable. {Nothing} backfill and live create hypertables if the extension is "
            + "installed first; plain tables stay plain. If another schema has hypertables, name it with --schema.");

    public static TimescaleException RetentionContradicts() => new(
        "Retention cannot be removed and set or switched in the same call. Nothing was changed. Give only one of the options.");

    public static TimescaleException NegativeChunks(int given) => new(
        FormattableString.Invariant($"The number of chunks that one run compresses is {given}; it must be 0 (no limit) or more. ")
            + Nothing);

    public static TimescaleException NoInterval(string what, string given, Exception? cause) => new(
        $"{what} is \"{given}\", which is not an interval above zero. {Nothing} Write it as PostgreSQL does, such as \"1 day\" or \"12 "
            + "hours\".", cause);

    public static TimescaleException NoRetention() => new(
        $"There is no retention policy to switch on or off. {Nothing} Set an interval with --retention first.");

    public static TimescaleException BackfillAtWork(LedgerSpan span) => new(
        $"A backfill of ledgers {span} is running in this database, and retention could drop what it loads. {Nothing} Wait until it has "
            + "ended.");
}
