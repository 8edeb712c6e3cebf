using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Creates every exception of a load.</summary>
internal static class PopulateThrow
{
    private const string CorrectNetwork =
        "The load was rolled back. Correct --network: use pubnet, testnet, futurenet or the exact passphrase.";

    public static PopulateException Options(IReadOnlyList<string> problems) =>
        new(FailureKind.Usage, $"{problems.Count} problem(s) in the options: {string.Join("; ", problems)}.");

    /// <summary>The database has obstacles that prevent the load.</summary>
    public static Exception Refused(string server, IReadOnlyList<LoadFinding> obstacles)
    {
        string found = string.Join(" ", obstacles.Select(obstacle => obstacle.Message));
        string advice = string.Concat(Advice(obstacles).Select(sentence => $" {sentence}"));
        return new PopulateException(
            FailureKind.Usage, $"{server} cannot run this load: {found} Nothing was changed.{advice}{MissingRight.Advice(obstacles)}");
    }

    /// <summary>What to do about obstacles, as full sentences. A plan says the same as the refusal of the load.</summary>
    internal static IEnumerable<string> Advice(IReadOnlyList<LoadFinding> obstacles)
    {
        if (obstacles.Any(obstacle => obstacle.Check == LoadPreflight.TableShape))
            yield return "Let populate bring the schema up to date (no --no-migrate), or load into another database.";
        if (obstacles.Any(obstacle => obstacle.Check == "emptiness"))
            yield return "Use an empty database, or pass --replace to empty the tables in the same transaction as the load.";
        if (obstacles.Any(obstacle => obstacle.Check == "dependents"))
            yield return "With --allow-dependent-changes, the load changes rows of other tables as their keys and triggers say.";
    }

    public static PopulateException HistoryAbove(uint checkpoint, IReadOnlyList<string> problems) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"This database is already beyond ledger {checkpoint:N0}: {string.Join("; ", problems)}. After a load of that checkpoint, "
                + $"ingestion would start after it, and would fail at the first ledger that already exists, or skip ledgers that a "
                + $"protocol needs. Nothing was changed. ")
            + "Load a checkpoint that is not older than all of this, or pass --discard-history-above to remove the newer data in the same "
            + "transaction as the load.");

    public static PopulateException StateOfUnknownProtocol(uint checkpoint, IReadOnlyList<string> cursors) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"The current state of a protocol whose tables this program does not know ends above ledger {checkpoint:N0}, and cannot be "
                + $"moved back to it: {string.Join("; ", cursors)}. Nothing was changed. ")
            + "Load a checkpoint that is not older, or first remove the state and the cursor of that protocol with its own tool "
            + "(protocol-migrate with --rebuild).");

    public static PopulateException HistoryUnseen(string table, bool isHidden) =>
        new(FailureKind.Usage, isHidden
            ? $"Row-level security hides rows of {table} from this role, so it is not known what is above the checkpoint. Nothing "
                + $"was changed. Use a role that sees all rows (BYPASSRLS, or the owner)."
            : $"This role may not read {table}, so it is not known what is above the checkpoint. Nothing was changed. As the owner of the "
                + $"table, run: GRANT SELECT ON {table} TO the role of the load.");

    public static PopulateException TooMuchToKeep(int limit) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"There are more than {limit:N0} contract codes or tokens whose classification would have to be kept, which this program does "
                + $"in memory. Nothing was changed. Load into another database."));

    public static PopulateException UnknownNetwork() =>
        new(FailureKind.Usage, "The archive does not name its network. Pass --network pubnet, testnet, futurenet or the passphrase.");

    public static PopulateException CheckpointTooLarge(uint checkpoint) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"Checkpoint {checkpoint:N0} is above {int.MaxValue:N0}, the largest ledger number that the wallet tables can hold (columns "
                    + $"of type integer, as in wallet-backend). Nothing was changed."));

    public static PopulateException WrongPassphrase(StellarNetwork network, ReadOnlySpan<byte> found) =>
        new(FailureKind.Usage,
            $"Wrong network: the contract of the native asset has the id {StrKey.Encode(StrKeyKind.Contract, found)} in this archive; "
                + $"with the passphrase \"{network.Passphrase}\" it would be "
                + $"{StrKey.Encode(StrKeyKind.Contract, network.NativeContractId)}. {CorrectNetwork}");

    public static PopulateException WrongPassphrase(StellarNetwork network, long contracts) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"Wrong network: the archive does not name its network, and none of its {contracts:N0} asset contracts has the id that follows "
                + $"from the passphrase \"{network.Passphrase}\". {CorrectNetwork}"));

    public static PopulateException EntriesDoNotAddUp(long read, long written, long skipped) =>
        new(FailureKind.Internal, string.Create(CultureInfo.InvariantCulture,
            $"{read:N0} entries were read, but {written:N0} written and {skipped:N0} skipped entries do not add up to that. The load was "
                + $"rolled back. This is a bug: please report it with this message."));

    public static PopulateException RowsDoNotAddUp(string table, long entries, long rows) =>
        new(FailureKind.Internal, FormattableString.Invariant(
            $"{entries:N0} entries became rows of {table}, but the server confirmed {rows:N0} rows. The load was rolled back."));
}
