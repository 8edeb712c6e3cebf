using System.Globalization;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>Every throw of this folder.</summary>
internal static class LiveThrow
{
    public static LiveException Options(IReadOnlyList<string> problems) => new(
        FailureKind.Usage, string.Create(
            CultureInfo.InvariantCulture, $"{problems.Count} problems in the options of live ingestion: {string.Join("; ", problems)}."));

    public static LiveException NoCursor(string server) => new(
        FailureKind.Usage,
        $"ingest_store of {server} has no latest_ingest_ledger, so nobody knows where to begin. Fill the tables from a checkpoint first: "
            + $"populate sets it.");

    public static LiveException NothingToDo(uint latest, uint last) => new(
        FailureKind.Usage, Invariant($"The database holds ledger {latest} already, and --to is {last}. Give a later ledger, or none."));

    public static LiveException CursorMoved(uint expected, uint? found, uint first, uint last) => new(
        FailureKind.Database,
        string.Create(CultureInfo.InvariantCulture,
            $"latest_ingest_ledger is {Number(found)}, not {expected}, as {Ledgers(first, last)} were to be stored: somebody else writes "
                    + $"to the same tables. ")
        + "Nothing was stored. Make sure that only one process follows the network, then start again.");

    public static LiveException LockHeld(string meaning, string? holder) => new(
        FailureKind.Database,
        $"The advisory lock of {meaning} is held by another session{(holder is null ? "" : $" ({holder})")}: another process follows the "
            + $"network or fills the tables. "
        + "End that one, or wait for it with --stand-by.");

    public static LiveException LockLost(string meaning, string how) => new(
        FailureKind.Database,
        $"The advisory lock of {meaning} was lost: {how} Nothing was stored since. Another process may follow the network now; start "
            + $"again.");

    public static LiveException Refused(uint ledger, RefusedRow? row, Exception cause) => new(
        FailureKind.Database, Invariant($"Ledger {ledger}{row} could not be stored, and another try would not help: {cause.Message}"),
        cause);

    public static LiveException MarkUnreadable(string value) => new(
        FailureKind.Database,
        $"The value of {LedgerMark.Key} in ingest_store is '{value}', which is not a ledger and a hash. Remove the row, if nothing else "
            + $"explains it: the next ledger is then taken without a look at the one before.");

    private static string Ledgers(uint first, uint last) =>
        first == last ? Invariant($"Ledger {first}") : Invariant($"Ledgers {first} to {last}");

    private static string Number(uint? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "missing";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
