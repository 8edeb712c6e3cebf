using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>Creates, claims and claws back claimable balances.</summary>
internal static class BalanceOperations
{
    public static OperationOutcome? Create(OperationScope scope)
    {
        if (PaymentOperations.PickHolder(scope) is not var (source, asset)) return null;
        long most = Math.Min(scope.Spendable(source, asset) / 4, 1000 * OperationScope.Coin);
        if (most <= 0) return null;
        long amount = scope.Dice.Amount(most);
        if (!scope.Add(source, asset, -amount)) return null;
        Dictionary<string, Claimant> claimants = [];
        for (int count = scope.Dice.Chance(100) ? 10 : scope.Dice.Between(1, 3); count > 0; count--)
        {
            // A claimant need not exist.
            byte[] account = scope.Layer.Pick<AccountState>(scope.Dice)?.Id ?? scope.Dice.Bytes(32);
            if (scope.Dice.Chance(100)) account = scope.Dice.Bytes(32);
            claimants.TryAdd(Convert.ToHexString(account), new Claimant(account, Predicate(scope, 0)));
        }

        byte[] sponsor = scope.Transaction.SponsorOf(source) ?? source;
        bool clawback = asset.Issuer is { } issuer && scope.Layer.Account(issuer) is { } account2 && (account2.Flags & 8) != 0;
        BalanceState balance = new(scope.BalanceId())
        {
            Asset = asset,
            Amount = amount,
            Claimants = [.. claimants.Values],
            Clawback = clawback,
            Sponsor = sponsor,
        };
        if (!scope.Sponsoring(sponsor, claimants.Count)) return null;
        scope.Layer.Put(balance);
        scope.Tell(asset, ScAddressXdr.Account(source), ScAddressXdr.ClaimableBalance(balance.Id), amount);
        return new(14, OperationOutcome.Encoded(writer =>
        {
            writer.WriteRaw(asset.Xdr);
            writer.WriteInt64(amount);
            writer.WriteInt32(balance.Claimants.Count);
            foreach (Claimant claimant in balance.Claimants)
            {
                writer.WriteInt32(0);
                writer.WriteAccountId(claimant.Destination.Span);
                writer.WriteRaw(claimant.Predicate.Span);
            }
        }), OperationOutcome.Encoded(writer => OperationScope.WriteBalanceId(writer, balance.Id)))
        { Source = source };
    }

    public static OperationOutcome? Claim(OperationScope scope)
    {
        if (scope.Layer.Pick<BalanceState>(scope.Dice) is not { } balance) return null;
        byte[] claimant = scope.Dice.Of(balance.Claimants).Destination.ToArray();
        if (!scope.MayAct(claimant) || scope.Layer.Account(claimant) is null || !scope.Add(claimant, balance.Asset, balance.Amount))
            return null;
        scope.Tell(balance.Asset, ScAddressXdr.ClaimableBalance(balance.Id), ScAddressXdr.Account(claimant), balance.Amount);
        return Gone(scope, balance, 15, claimant);
    }

    public static OperationOutcome? Clawback(OperationScope scope)
    {
        if (scope.Layer.Pick<BalanceState>(scope.Dice, static balance => balance.Clawback) is not { } balance) return null;
        byte[] issuer = balance.Asset.Issuer!;
        return scope.MayAct(issuer) && scope.Layer.Account(issuer) is not null ? Gone(scope, balance, 20, issuer) : null;
    }

    private static OperationOutcome Gone(OperationScope scope, BalanceState balance, int type, byte[] source)
    {
        scope.Delete(balance);
        return new(type, OperationOutcome.Encoded(writer => OperationScope.WriteBalanceId(writer, balance.Id)), []) { Source = source };
    }

    private static byte[] Predicate(OperationScope scope, int depth) => scope.Dice.Below(depth < 3 ? 8 : 5) switch
    {
        5 => ClaimPredicateXdr.And(Predicate(scope, depth + 1), Predicate(scope, depth + 1)),
        6 => ClaimPredicateXdr.Or(Predicate(scope, depth + 1), Predicate(scope, depth + 1)),
        7 => ClaimPredicateXdr.Not(Predicate(scope, depth + 1)),
        4 => ClaimPredicateXdr.BeforeAbsolute((long)scope.Transaction.CloseTime + scope.Dice.Below(100_000)),
        _ => ClaimPredicateXdr.Unconditional(),
    };
}
