using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Populate;

/// <summary>Every refusal of a load, in one place.</summary>
internal static class PopulateThrow
{
    public static PopulateException Options(IReadOnlyList<string> problems) =>
        new(FailureKind.Usage, $"{problems.Count} problem(s) in the options: {string.Join("; ", problems)}.");

    /// <summary>A load that something in the database stands in the way of.</summary>
    public static PopulateException Refused(string server, IReadOnlyList<LoadFinding> obstacles)
    {
        string found = string.Join(" ", obstacles.Select(obstacle => obstacle.Message));
        string shape = obstacles.Any(obstacle => obstacle.Check == LoadPreflight.TableShape) ? " Let populate bring the schema up to date (no --no-migrate), or load into another database." : "";
        string content = obstacles.Any(obstacle => obstacle.Check == "emptiness") ? " Use an empty database, or pass --replace to empty the tables in the same transaction as the load." : "";
        string dependents = obstacles.Any(obstacle => obstacle.Check == "dependents") ? " With --allow-dependent-changes the load does to rows of others what their keys and triggers say." : "";
        return new(FailureKind.Usage, $"{server} cannot take this load: {found} Nothing was changed.{shape}{content}{dependents}");
    }

    public static PopulateException UnknownNetwork() =>
        new(FailureKind.Usage, "The archive does not name its network. Pass --network pubnet, testnet, futurenet or the passphrase.");

    public static PopulateException WrongPassphrase(StellarNetwork network, ReadOnlySpan<byte> found) =>
        new(FailureKind.Usage,
            $"Wrong network: the contract of the native asset has the id {StrKey.Encode(StrKeyKind.Contract, found)} in this archive; with the passphrase \"{network.Passphrase}\" it would have {StrKey.Encode(StrKeyKind.Contract, network.NativeContractId)}. "
            + "The load was rolled back. Correct --network: it takes pubnet, testnet, futurenet or the passphrase, letter by letter.");

    public static PopulateException EntriesDoNotAddUp(long read, long written, long skipped) =>
        new(FailureKind.Internal, FormattableString.Invariant(
            $"{read:N0} entries were read, but {written:N0} written and {skipped:N0} skipped do not add up to that. The load was rolled back. This is a bug in stellar-pipeline: please report it with this message."));

    public static PopulateException RowsDoNotAddUp(string table, long entries, long rows) =>
        new(FailureKind.Internal, FormattableString.Invariant(
            $"{entries:N0} entries became rows of {table}, but the server confirmed {rows:N0}. The load was rolled back. This is a bug in stellar-pipeline: please report it with this message."));
}
