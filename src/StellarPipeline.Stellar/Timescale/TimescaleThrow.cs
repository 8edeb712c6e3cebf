using StellarPipeline.Stellar.Jobs.Backfill;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>Every refusal of TimescaleDB's configuration, in one place.</summary>
internal static class TimescaleThrow
{
    private const string Nothing = "Nothing was changed.";

    public static TimescaleException NotInstalled(string database) => new(
        $"Database {database} does not have the extension TimescaleDB, so there is nothing to configure. {Nothing} Its history tables are "
            + "plain tables, and work as they are.");

    public static TimescaleException NoHypertables(string schema) => new(
        $"Schema {schema} has no history table that is a hypertable. {Nothing} backfill and live make them as hypertables where the "
            + "extension is installed first; plain tables stay plain. Name the schema that has them with --schema.");

    public static TimescaleException RetentionContradicts() => new(
        "Retention cannot be removed and set or switched in the same call. Nothing was changed. Give one of the two.");

    public static TimescaleException NegativeChunks(int given) => new(
        FormattableString.Invariant($"The number of chunks that one run compresses is {given}; it must be 0, for no limit, or more. ")
            + Nothing);

    public static TimescaleException NoInterval(string what, string given, Exception? cause) => new(
        $"{what} is \"{given}\", which is no length of time above zero. {Nothing} Write it as PostgreSQL does, such as \"1 day\" or \"12 "
            + "hours\".", cause);

    public static TimescaleException NoRetention() => new(
        $"There is no retention policy that could be switched on or off. {Nothing} Give a length of time with --retention first.");

    public static TimescaleException BackfillAtWork(LedgerSpan span) => new(
        $"A backfill of ledgers {span} is at work in this database, and retention would drop what it loads. {Nothing} Wait until it has "
            + "ended.");
}
