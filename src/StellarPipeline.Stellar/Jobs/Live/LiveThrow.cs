using System.Globalization;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Creates every exception of live ingestion.</summary>
internal static class LiveThrow
{
    public static LiveException Options(IReadOnlyList<string> problems) => new(
        FailureKind.Usage, string.Create(
            CultureInfo.InvariantCulture,
            $"{problems.Count} {(problems.Count == 1 ? "option" : "options")} of live ingestion out of range: "
                + $"{string.Join("; ", problems)}."));

    public static LiveException NoCursor(string server) => new(
        FailureKind.Usage,
        $"ingest_store of {server} has no latest_ingest_ledger, so the first ledger to store is not known. Load a checkpoint first: the "
            + "command populate sets the cursor.");

    public static LiveException NothingToDo(uint latest, uint last) => new(
        FailureKind.Usage, Invariant($"The database is already at ledger {latest}, but --to is {last}. Give a later one, or omit it."));

    public static LiveException CursorMoved(uint expected, uint? found, uint first, uint last) => new(
        FailureKind.Database,
        string.Create(CultureInfo.InvariantCulture,
            $"latest_ingest_ledger is {Number(found)}, not {expected}, before storing {Ledgers(first, last)}: another program writes "
                + $"to the same tables. ")
        + "Nothing was stored. Make sure that only one process follows the network, then start again.");

    public static LiveException LockHeld(string meaning, string? holder) => new(
        FailureKind.Database,
        $"Another session holds the advisory lock of {meaning}{(holder is null ? "" : $" ({holder})")}: another process follows the "
            + $"network or fills the tables. Stop that process, or wait for it with --stand-by.");

    public static LiveException LockLost(string meaning, string how) => new(
        FailureKind.Database,
        $"The advisory lock of {meaning} was lost: {how} Nothing was stored since then. Another process may be following the network: "
            + $"start again.");

    public static LiveException Refused(uint ledger, RefusedRow? row, Exception cause) => new(
        FailureKind.Database, Invariant($"Ledger {ledger}{row} could not be stored, and another attempt would not help: {cause.Message}"),
        cause);

    public static LiveException MarkUnreadable(string value) => new(
        FailureKind.Database,
        $"The value of {LedgerMark.Key} in ingest_store is '{value}', which is not a ledger and a hash. If you know no reason for it, "
            + $"delete the row: the next ledger is then stored without being checked against the ledger before it.");

    private static string Ledgers(uint first, uint last) =>
        first == last ? Invariant($"ledger {first}") : Invariant($"ledgers {first} to {last}");

    private static string Number(uint? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "missing";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
