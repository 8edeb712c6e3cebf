using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>Operations on accounts and their data.</summary>
internal static class AccountOperations
{
    // Bits: 1 authorization required, 2 revocable, 4 immutable, 8 clawback (protocol 17), which requires revocable.
    private static readonly uint[] AccountFlags = [0, 1, 2, 3, 4, 5, 7, 10, 11, 15];

    public static OperationOutcome? CreateAccount(OperationScope scope)
    {
        if (scope.PickSource(account => account.Spendable(scope.World.BaseReserve) > 20 * OperationScope.Coin) is not { } source)
            return null;
        byte[] id = NewId(scope);
        long balance = scope.Dice.Between(1L, 15L) * OperationScope.Coin;
        return Create(scope, source.Id, id, balance);
    }

    public static OperationOutcome? Create(OperationScope scope, byte[] source, byte[] id, long balance)
    {
        if (!scope.Add(source, scope.World.Native, -balance)) return null;
        if (!scope.Create(new AccountState(id) { Balance = balance, Sequence = (long)scope.World.Ledger << 32 })) return null;
        scope.Tell(scope.World.Native, ScAddressXdr.Account(source), ScAddressXdr.Account(id), balance);
        return new(0, OperationOutcome.Encoded(writer =>
        {
            writer.WriteAccountId(id);
            writer.WriteInt64(balance);
        }), [])
        { Source = source };
    }

    public static OperationOutcome? Merge(OperationScope scope)
    {
        // The transaction's source is never merged: later operations and the refund need it.
        if (scope.PickSource(account => account is { SubEntries: 0, Sponsoring: 0, Selling: 0, Buying: 0 }
            && !account.Id.AsSpan().SequenceEqual(scope.Transaction.Source) && scope.Transaction.SponsorOf(account.Id) is null
            && !scope.World.Assets.Exists(asset => asset.IsIssuedBy(account.Id))) is not { } source)
        {
            return null;
        }

        if (scope.Layer.Pick<AccountState>(scope.Dice, account => !account.Id.AsSpan().SequenceEqual(source.Id)) is not { } destination)
            return null;
        if (!scope.Add(destination.Id, scope.World.Native, source.Balance)) return null;
        scope.Delete(source);
        scope.World.Merged.Add(source.Id);
        return new(8, OperationOutcome.Encoded(writer => scope.WriteMuxed(writer, destination.Id)),
            OperationOutcome.Encoded(writer => writer.WriteInt64(source.Balance)))
        {
            Source = source.Id,
        };
    }

    public static OperationOutcome? SetOptions(OperationScope scope)
    {
        if (scope.PickSource() is not { } source) return null;
        Dice dice = scope.Dice;
        byte[]? inflation = dice.Chance(100) ? scope.Layer.Pick<AccountState>(dice)?.Id : null;
        uint known = scope.Rules.Protocol >= 17 ? 15u : 7;
        uint? set = dice.Chance(200) ? dice.Of(AccountFlags) & known : null;
        uint? clear = dice.Chance(200) ? dice.Of(AccountFlags) & known & ~(set ?? 0) : null;
        uint?[] weights = [.. Enumerable.Range(0, 4)
            .Select(index => dice.Chance(200) ? (uint)dice.Below(index == 0 ? 256 : 4) : (uint?)null)];
        byte[]? domain = dice.Chance(250) ? dice.Chance(300) ? [] : dice.Print(dice.Between(1, 32)) : null;
        AccountSigner? signer = dice.Chance(400) ? Signer(scope, source) : null;
        AccountState changed = source with
        {
            InflationDestination = inflation ?? source.InflationDestination,
            Flags = (source.Flags & ~(clear ?? 0)) | (set ?? 0),
            HomeDomain = domain ?? source.HomeDomain,
            Thresholds = [.. source.Thresholds.Select((old, index) => (byte)(weights[index] ?? old))],
        };
        scope.Layer.Put(changed);
        if (signer is { } wanted && !SignerChange.Apply(scope, source.Id, wanted)) return null;
        return new(5, OperationOutcome.Encoded(writer =>
        {
            writer.WriteOptionalAccountId(inflation);
            foreach (uint? number in (uint?[])[clear, set, .. weights])
            {
                writer.WriteBool(number.HasValue);
                if (number.HasValue) writer.WriteUInt32(number.Value);
            }

            writer.WriteBool(domain is not null);
            if (domain is not null) writer.WriteOpaque(domain);
            writer.WriteBool(signer.HasValue);
            if (signer is not { } given) return;
            writer.WriteRaw(given.Key.Span);
            writer.WriteUInt32(given.Weight);
        }), [])
        { Source = source.Id };
    }

    public static OperationOutcome? ManageData(OperationScope scope)
    {
        if (scope.PickSource() is not { } source) return null;
        DataState? existing = scope.Layer.Pick<DataState>(scope.Dice, data => data.Account.AsSpan().SequenceEqual(source.Id));
        if (existing is null && scope.Dice.Chance(600)
            && scope.Layer.Pick<DataState>(scope.Dice, data => scope.MayAct(data.Account)) is { } other)
        {
            (existing, source) = (other, scope.Layer.Account(other.Account)!);
        }

        byte[] name = existing?.Name ?? scope.Dice.Print(scope.Dice.Between(1, 64));
        byte[]? value = existing is not null && scope.Dice.Chance(400) ? null : scope.Dice.Bytes(scope.Dice.Below(65));
        if (existing is null) existing = scope.Layer.Find<DataState>(new DataState(source.Id, name).Key);
        if (value is null) scope.Delete(existing!);
        else if (existing is not null) scope.Layer.Put(existing with { Value = value });
        else if (!scope.Create(new DataState(source.Id, name) { Value = value })) return null;
        return new(10, OperationOutcome.Encoded(writer =>
        {
            writer.WriteOpaque(name);
            writer.WriteBool(value is not null);
            if (value is not null) writer.WriteOpaque(value);
        }), [])
        { Source = source.Id };
    }

    public static OperationOutcome? BumpSequence(OperationScope scope)
    {
        if (scope.PickSource() is not { } source) return null;
        long to = Math.Max(0, source.Sequence + scope.Dice.Between(-5L, 50L));
        if (to > source.Sequence) scope.Layer.Put(source with { Sequence = to });
        return new(11, OperationOutcome.Encoded(writer => writer.WriteInt64(to)), []) { Source = source.Id };
    }

    public static OperationOutcome? Inflation(OperationScope scope)
    {
        if (scope.PickSource() is not { } source) return null;
        List<(byte[] Account, long Amount)> payouts = [];
        for (int count = scope.Dice.Below(3); count > 0; count--)
        {
            if (scope.Layer.Pick<AccountState>(scope.Dice) is not { } winner) continue;
            long amount = scope.Dice.Amount(1000 * OperationScope.Coin);
            scope.Layer.Put(winner with { Balance = winner.Balance + amount });
            payouts.Add((winner.Id, amount));
        }

        return new(9, [], OperationOutcome.Encoded(writer =>
        {
            writer.WriteInt32(payouts.Count);
            foreach ((byte[] account, long amount) in payouts)
            {
                writer.WriteAccountId(account);
                writer.WriteInt64(amount);
            }
        }))
        { Source = source.Id };
    }

    // Usually the account merged last, possibly in the same ledger.
    private static byte[] NewId(OperationScope scope)
    {
        int recreations = scope.Transaction.Customs.RecreationsPerThousand;
        List<byte[]> merged = scope.World.Merged;
        if (recreations == 0 || merged.Count == 0 || !scope.Dice.Chance(recreations)) return scope.Dice.Bytes(32);
        byte[] id = scope.Dice.Chance(700) ? merged[^1] : scope.Dice.Of(merged);
        return scope.Layer.Account(id) is null ? id : scope.Dice.Bytes(32);
    }

    private static AccountSigner Signer(OperationScope scope, AccountState account)
    {
        Dice dice = scope.Dice;
        if (account.Signers.Count > 0 && dice.Chance(600))
            return dice.Of(account.Signers) with { Weight = dice.Chance(500) ? 0 : (uint)dice.Between(1, 255) };
        byte[] key = dice.Chance(150) ? scope.Transaction.Source : dice.Bytes(32);
        byte[] encoded = dice.Below(scope.Rules.Protocol >= 19 ? 6 : scope.Rules.Protocol >= 3 ? 5 : 3) switch
        {
            3 => SignerKeyXdr.PreAuthorizedTransaction(key),
            4 => SignerKeyXdr.HashX(key),
            5 => SignerKeyXdr.SignedPayload(key, dice.Bytes(dice.Between(1, XdrLimits.SignedPayloadBytes))),
            _ => SignerKeyXdr.Ed25519(dice.Bytes(32)),
        };
        return new(encoded, (uint)dice.Between(1, 255));
    }
}
