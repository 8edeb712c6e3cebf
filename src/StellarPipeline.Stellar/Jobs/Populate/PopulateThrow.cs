using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>Every refusal of a load, in one place.</summary>
internal static class PopulateThrow
{
    private const string CorrectNetwork =
        "The load was rolled back. Correct --network: it takes pubnet, testnet, futurenet or the passphrase, letter by letter.";

    public static PopulateException Options(IReadOnlyList<string> problems) =>
        new(FailureKind.Usage, $"{problems.Count} problem(s) in the options: {string.Join("; ", problems)}.");

    /// <summary>A load that something in the database stands in the way of.</summary>
    public static Exception Refused(string server, IReadOnlyList<LoadFinding> obstacles)
    {
        string found = string.Join(" ", obstacles.Select(obstacle => obstacle.Message));
        string shape = obstacles.Any(obstacle => obstacle.Check == LoadPreflight.TableShape)
            ? " Let populate bring the schema up to date (no --no-migrate), or load into another database."
            : "";
        string content = obstacles.Any(obstacle => obstacle.Check == "emptiness")
            ? " Use an empty database, or pass --replace to empty the tables in the same transaction as the load."
            : "";
        string dependents = obstacles.Any(obstacle => obstacle.Check == "dependents")
            ? " With --allow-dependent-changes the load does to rows of others what their keys and triggers say."
            : "";
        return new PopulateException(
            FailureKind.Usage,
            $"{server} cannot take this load: {found} Nothing was changed.{shape}{content}{dependents}{MissingRight.Advice(obstacles)}");
    }

    public static PopulateException HistoryAbove(uint checkpoint, IReadOnlyList<string> problems) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"This database has gone on beyond ledger {checkpoint:N0}: {string.Join("; ", problems)}. After a load of that checkpoint, "
                    + $"ingestion would begin behind it and fail at the first ledger that is there already, or pass over what a protocol "
                    + $"misses. Nothing was changed. ")
            + "Load a checkpoint that is not older than all of this, or pass --discard-history-above to remove it in the same transaction "
            + "as the load.");

    public static PopulateException StateOfUnknownProtocol(uint checkpoint, IReadOnlyList<string> cursors) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"The current state of a protocol whose tables this program does not know ends above ledger {checkpoint:N0}, and cannot be "
                    + $"taken back to it: {string.Join("; ", cursors)}. Nothing was changed. ")
            + "Load a checkpoint that is not older, or remove that protocol's state and cursor by its own tool (protocol-migrate with "
            + "--rebuild) first.");

    public static PopulateException HistoryUnseen(string table, bool isHidden) =>
        new(FailureKind.Usage, isHidden
            ? $"Row-level security hides rows of {table} from this role, so it cannot be known what stands above the checkpoint. Nothing "
                + $"was changed. Use a role that sees all rows (BYPASSRLS, or the owner)."
            : $"This role may not read {table}, so it cannot be known what stands above the checkpoint. Nothing was changed. As its "
                + $"owner, run: GRANT SELECT ON {table} TO the role of the load.");

    public static PopulateException TooMuchToKeep(int limit) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"There are more than {limit:N0} contract codes or tokens whose classification would have to be kept. Nothing was changed. "
                    + $"This program holds them in memory; load into another database."));

    public static PopulateException UnknownNetwork() =>
        new(FailureKind.Usage, "The archive does not name its network. Pass --network pubnet, testnet, futurenet or the passphrase.");

    public static PopulateException CheckpointTooLarge(uint checkpoint) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"Checkpoint {checkpoint:N0} is above {int.MaxValue:N0}, the largest ledger number that the wallet tables can hold (columns "
                    + $"of type integer, as in wallet-backend). Nothing was changed."));

    public static PopulateException WrongPassphrase(StellarNetwork network, ReadOnlySpan<byte> found) =>
        new(FailureKind.Usage,
            $"Wrong network: the contract of the native asset has the id {StrKey.Encode(StrKeyKind.Contract, found)} in this archive; "
                + $"with the passphrase \"{network.Passphrase}\" it would have "
            + $"{StrKey.Encode(StrKeyKind.Contract, network.NativeContractId)}. {CorrectNetwork}");

    public static PopulateException WrongPassphrase(StellarNetwork network, long contracts) =>
        new(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture,
            $"Wrong network: the archive does not name its network, and none of its {contracts:N0} asset contracts has the id that the "
                    + $"passphrase \"{network.Passphrase}\" gives it. {CorrectNetwork}"));

    public static PopulateException EntriesDoNotAddUp(long read, long written, long skipped) =>
        new(FailureKind.Internal, string.Create(CultureInfo.InvariantCulture,
            $"{read:N0} entries were read, but {written:N0} written and {skipped:N0} skipped do not add up to that. The load was rolled "
                    + $"back."));

    public static PopulateException RowsDoNotAddUp(string table, long entries, long rows) =>
        new(FailureKind.Internal, FormattableString.Invariant(
            $"{entries:N0} entries became rows of {table}, but the server confirmed {rows:N0}. The load was rolled back."));
}
