using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Token events of classic operations of successful transactions (rules 6.2).</summary>
public static class ClassicEvents
{
    /// <summary>The events, or null for operations that are not in the table.</summary>
    public static List<TokenEvent>? Of(OperationContext operation) => operation.Operation.Body switch
    {
        OperationBody.CreateAccount body => [TokenEvent.Move(Asset.Native, operation.Source, body.Destination, body.StartingBalance)],
        OperationBody.AccountMerge body => operation.Result?.Amount is { } merged
            ? [TokenEvent.Move(Asset.Native, operation.Source, body.Destination.Account, merged)] : [],
        OperationBody.Payment body => [TokenEvent.Move(body.Asset, operation.Source, body.Destination.Account, body.Amount)],
        OperationBody.PathPayment body =>
        [
            .. Trades(operation),
            TokenEvent.Move(body.DestinationAsset, operation.Source, body.Destination.Account, body.StrictReceive ? body.DestinationAmount
                : operation.Result!.Amount!.Value),
        ],
        OperationBody.ManageOffer => [.. Trades(operation)],
        OperationBody.CreateBalance body =>
            [TokenEvent.Move(body.Asset, operation.Source, CreatedBalances(operation).Single().Id, body.Amount)],
        OperationBody.ClaimBalance body => [RemovedBalance(operation) is var entry
            ? TokenEvent.Move(entry.Asset, body.Id, operation.Source, entry.Amount) : null!],
        OperationBody.Clawback body => [new(TokenEventKind.Clawback, body.Asset, body.From.Account, null, body.Amount)],
        OperationBody.ClawbackBalance body => [RemovedBalance(operation) is var entry
            ? new(TokenEventKind.Clawback, entry.Asset, body.Id, null, entry.Amount) : null!],
        OperationBody.Pool when operation.Operation.Type == 22 => Deposit(operation),
        OperationBody.Pool => [.. PoolSides(Pools(operation).Single())
            .Select(side => TokenEvent.Move(side.Asset, side.Pool, operation.Source, side.Amount))],
        OperationBody.AllowTrust or OperationBody.SetTrustlineFlags =>
            [.. Pools(operation).SelectMany(pool => Redemption(operation, pool))],
        _ when operation.Operation.Type == 9 =>
            [.. operation.Result!.Payouts.Select(static payout =>
                new TokenEvent(TokenEventKind.Mint, Asset.Native, null, payout.Account, payout.Amount))],
        _ => null,
    };

    private static IEnumerable<TokenEvent> Trades(OperationContext operation)
    {
        foreach (ClaimAtom atom in operation.Result!.Atoms)
        {
            yield return TokenEvent.Move(atom.Sold, atom.Seller, operation.Source, atom.AmountSold);
            yield return TokenEvent.Move(atom.Bought, operation.Source, atom.Seller, atom.AmountBought);
        }
    }

    private static IEnumerable<BalanceEntry> CreatedBalances(OperationContext operation) =>
        operation.Changes.Where(static change => change.Created).Select(static change => change.PostAs<BalanceEntry>())
            .OfType<BalanceEntry>();

    private static BalanceEntry RemovedBalance(OperationContext operation)
    {
        List<BalanceEntry> removed =
            [.. operation.Changes.Where(static change => change.Removed).Select(static change => change.PreAs<BalanceEntry>())
                .OfType<BalanceEntry>()];
        return removed is [var only] ? only : throw new ModelStop($"{removed.Count} removed claimable balances");
    }

    private static IEnumerable<EntryChange> Pools(OperationContext operation) => operation.Changes.Where(
        static change => change.Either.Body is PoolEntry);

    /// <summary>Both assets of a pool with what its reserves changed by.</summary>
    private static (string Pool, Asset Asset, Asset OtherAsset, long Amount)[] PoolSides(EntryChange change)
    {
        PoolEntry pool = change.EitherAs<PoolEntry>()!;
        PoolEntry? before = change.PreAs<PoolEntry>(), after = change.PostAs<PoolEntry>();
        return
        [
            (pool.Id, pool.AssetA, pool.AssetB, Math.Abs((after?.ReserveA ?? 0) - (before?.ReserveA ?? 0))),
            (pool.Id, pool.AssetB, pool.AssetA, Math.Abs((after?.ReserveB ?? 0) - (before?.ReserveB ?? 0))),
        ];
    }

    private static List<TokenEvent> Deposit(OperationContext operation)
    {
        (string Pool, Asset Asset, Asset OtherAsset, long Amount)[] sides = PoolSides(Pools(operation).Single());
        if (sides.Any(static side => side.Amount <= 0)) throw new ModelStop("a pool deposit that moves nothing");
        return [.. sides.Select(side => TokenEvent.Move(side.Asset, operation.Source, side.Pool, side.Amount))];
    }

    private static IEnumerable<TokenEvent> Redemption(OperationContext operation, EntryChange change)
    {
        List<string> created = [.. CreatedBalances(operation).Select(static balance => balance.Id)];
        (string Pool, Asset Asset, Asset OtherAsset, long Amount)[] sides = PoolSides(change);
        var found = sides.Where(side => created.Contains(RevokeId(operation, side.Pool, side.Asset))).ToList();
        foreach ((string Pool, Asset Asset, Asset OtherAsset, long Amount) side in found)
            yield return TokenEvent.Move(side.Asset, side.Pool, RevokeId(operation, side.Pool, side.Asset), side.Amount);
        if (found is not [var only]) yield break;
        (string Pool, Asset Asset, Asset OtherAsset, long Amount) other = sides.Single(side => side.Asset == only.OtherAsset);
        yield return new(TokenEventKind.Burn, other.Asset, other.Pool, null, other.Amount);
    }

    /// <summary>The id of the claimable balance that a revocation makes of one asset of a pool.</summary>
    private static string RevokeId(OperationContext operation, string pool, Asset asset)
    {
        byte[] numbers = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(numbers, operation.Transaction.Envelope.SequenceNumber);
        BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(8), operation.Position);
        byte[] source = Convert.FromHexString(operation.Transaction.Envelope.Source.Account)[1..];
        byte[] preimage = [0, 0, 0, 7, 0, 0, 0, 0, .. source, .. numbers, .. Convert.FromHexString(pool)[1..], .. asset.Xdr];
        return Address.BalancePrefix + Convert.ToHexStringLower(SHA256.HashData(preimage));
    }
}
