using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>The sponsor that takes part in an operation because its changes name it; at most one.</summary>
/// <remarks>
/// The first match over the pairs of changes, in key order, counts:
/// | pair | sponsor |
/// | SET_OPTIONS with a signer: an account that has a sponsor for that signer, and had none or another one | sponsor of the signer |
/// | any operation: an entry that was created or restored and has a sponsor | sponsor of the entry |
/// </remarks>
internal sealed class SponsorDeriver(AccountLinks links, OperationChanges changes)
{
    public void Derive(in OperationContext operation)
    {
        bool mayCreate = operation.HasChanges && operation.Transaction.HasSponsoredCreation(operation.Index);
        bool setsSigner = operation.Type == OperationType.SetOptions && operation.Operation.AsSetOptions().HasSigner;
        if (!mayCreate && !setsSigner) return;

        SignerView signer = setsSigner ? operation.Operation.AsSetOptions().Signer : default;
        foreach (PairView pair in changes.Of(operation))
        {
            if (setsSigner && pair.Type == LedgerEntryType.Account && pair.HasAfter)
            {
                ReadOnlySpan<byte> after = SponsorOf(pair.After.AsAccount(), signer);
                ReadOnlySpan<byte> before = pair.HasBefore ? SponsorOf(pair.Before.AsAccount(), signer) : default;
                if (!after.IsEmpty && !after.SequenceEqual(before))
                {
                    links.Add(Party.Account(after));
                    return;
                }
            }

            if (pair.HasBefore || !pair.HasAfter) continue;
            LedgerEntryView entry = pair.After;
            if (!entry.HasSponsor) continue;
            links.Add(Party.Account(entry.SponsoringId));
            return;
        }
    }

    private static ReadOnlySpan<byte> SponsorOf(in AccountEntryView account, SignerView signer)
    {
        SignerSponsors sponsors = account.SignerSponsoringIds;
        foreach (SignerView candidate in account.Signers)
        {
            if (!sponsors.MoveNext()) return default;
            if (SignerKeys.AreEqual(candidate, signer)) return sponsors.Current;
        }

        return default;
    }
}
