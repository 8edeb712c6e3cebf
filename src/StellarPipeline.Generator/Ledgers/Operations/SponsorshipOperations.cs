using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>Begins, ends and revokes sponsorships.</summary>
internal static class SponsorshipOperations
{
    public static OperationOutcome Begin(OperationScope scope, byte[] sponsor, byte[] sponsored)
    {
        scope.Transaction.BeginSponsoring(sponsored, sponsor);
        return new(16, OperationOutcome.Encoded(writer => writer.WriteAccountId(sponsored)), []) { Source = sponsor };
    }

    public static OperationOutcome End(OperationScope scope, byte[] sponsored)
    {
        scope.Transaction.EndSponsoring(sponsored);
        return new(17, [], []) { Source = sponsored };
    }

    /// <summary>Revokes the sponsorship of an entry or signer. The revoker's own sponsor takes over, otherwise the owner.</summary>
    public static OperationOutcome? Revoke(OperationScope scope) => scope.Dice.Chance(250) ? RevokeSigner(scope) : scope.Dice.Below(
        5) switch
    {
        0 => RevokeEntry<TrustlineState>(scope),
        1 => RevokeEntry<DataState>(scope),
        2 => RevokeEntry<OfferState>(scope),
        3 => RevokeEntry<AccountState>(scope),
        _ => RevokeEntry<BalanceState>(scope),
    };

    private static OperationOutcome? RevokeEntry<T>(OperationScope scope)
        where T : EntryState
    {
        if (scope.Layer.Pick<T>(scope.Dice, entry => entry.Sponsor is not null && scope.MayAct(entry.Sponsor)) is not { } entry)
            return null;
        byte[] sponsor = entry.Sponsor!;
        byte[]? next = scope.Transaction.SponsorOf(sponsor);
        if (entry is BalanceState && next is null) return null;
        if (scope.Layer.Account(sponsor) is null || (next is not null && next.AsSpan().SequenceEqual(entry.Owner))) return null;
        scope.Sponsoring(sponsor, -(int)entry.Reserves);
        if (next is not null && !scope.Sponsoring(next, (int)entry.Reserves)) return null;
        if (scope.Layer.Find(entry.Key) is not { } current) return null;
        scope.Layer.Put(current with { Sponsor = next });
        if (next is null)
        {
            AccountState owner = scope.Layer.Account(entry.Owner!)!;
            scope.Layer.Put(owner with { Sponsored = owner.Sponsored - entry.Reserves });
            if (scope.Layer.Account(owner.Id)!.Spendable(scope.World.BaseReserve) < 0) return null;
        }

        return new(18, OperationOutcome.Encoded(writer =>
        {
            writer.WriteInt32(0);
            writer.WriteRaw(Convert.FromHexString(entry.Key));
        }), [])
        { Source = sponsor };
    }

    private static OperationOutcome? RevokeSigner(OperationScope scope)
    {
        if (scope.Layer.Pick<AccountState>(scope.Dice,
            static account => account.Signers.Any(static signer => signer.Sponsor is not null)) is not { } account)
        {
            return null;
        }

        List<AccountSigner> signers = [.. account.Signers];
        int at = signers.FindIndex(static signer => signer.Sponsor is not null);
        byte[] sponsor = signers[at].Sponsor!;
        if (!scope.MayAct(sponsor) || scope.Transaction.SponsorOf(sponsor) is not null || scope.Layer.Account(sponsor) is null) return null;
        scope.Sponsoring(sponsor, -1);
        AccountState current = scope.Layer.Account(account.Id)!;
        signers[at] = signers[at] with { Sponsor = null };
        scope.Layer.Put(current with { Signers = signers, Sponsored = current.Sponsored - 1 });
        if (scope.Layer.Account(account.Id)!.Spendable(scope.World.BaseReserve) < 0) return null;
        return new(18, OperationOutcome.Encoded(writer =>
        {
            writer.WriteInt32(1);
            writer.WriteAccountId(account.Id);
            writer.WriteRaw(signers[at].Key.Span);
        }), [])
        { Source = sponsor };
    }
}
