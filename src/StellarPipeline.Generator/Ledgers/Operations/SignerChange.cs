using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers.Operations;

/// <summary>Adds, changes or removes one signer of an account, with its reserve.</summary>
internal static class SignerChange
{
    private const int MaxSigners = 20;

    public static bool Apply(OperationScope scope, byte[] account, AccountSigner wanted)
    {
        AccountState state = scope.Layer.Account(account)!;
        List<AccountSigner> signers = [.. state.Signers];
        int at = signers.FindIndex(signer => signer.Key.Span.SequenceEqual(wanted.Key.Span));
        byte[]? sponsor = at >= 0 ? signers[at].Sponsor : scope.Transaction.SponsorOf(account);
        int reserves = 0;
        if (at >= 0 && wanted.Weight > 0) signers[at] = signers[at] with { Weight = wanted.Weight };
        else if (at >= 0) reserves = -1;
        else if (wanted.Weight > 0) reserves = 1;
        else return false;
        if (reserves < 0) signers.RemoveAt(at);
        if (reserves > 0)
        {
            if (signers.Count == MaxSigners) return false;
            signers.Add(wanted with { Sponsor = sponsor });
            signers.Sort(static (left, right) => left.Key.Span.SequenceCompareTo(right.Key.Span));
        }

        scope.Layer.Put(state with
        {
            Signers = signers,
            SubEntries = (uint)(state.SubEntries + reserves),
            Sponsored = (uint)(state.Sponsored + (sponsor is null ? 0 : reserves)),
        });
        if (sponsor is not null && reserves != 0 && !scope.Sponsoring(sponsor, reserves)) return false;
        return reserves <= 0 || scope.Layer.Account(account)!.Spendable(scope.World.BaseReserve) >= 0;
    }
}
