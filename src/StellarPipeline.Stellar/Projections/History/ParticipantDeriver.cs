using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Keys;
using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Ledgers.Operations;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Participants of transactions and operations, besides the accounts whose state changes.</summary>
/// <remarks>
/// | of | participants |
/// | transaction | source, fee-bump account, accounts that the fee phase changes |
/// | every operation | its source; one sponsor, see <see cref="SponsorDeriver"/> |
/// | create account, payment, path payments, account merge | destination |
/// | allow trust, set trustline flags | trustor |
/// | create claimable balance | claimants |
/// | clawback | the account it is taken from |
/// | begin sponsoring | the sponsored account |
/// | end sponsoring, of a successful transaction | source of the nearest earlier begin for this source |
/// | revoke sponsorship | owner of the account, trustline, offer or data entry; the account of a signer |
/// | Soroban operations of a successful transaction | see <see cref="ContractParticipantDeriver"/> |
/// Participants of failed transactions count like the others.
/// </remarks>
internal sealed class ParticipantDeriver(AccountLinks links, SponsorDeriver sponsors, ContractParticipantDeriver contracts)
{
    public void DeriveTransaction(uint ledger, in TransactionView transaction)
    {
        links.Add(Party.Account(transaction.Source));
        if (transaction.IsFeeBump) links.Add(Party.Account(transaction.FeeSource));
        LedgerChanges changes = transaction.FeeChanges;
        for (int index = 0; index < changes.Count; index++)
        {
            LedgerChangeView change = changes[index];
            if (change.Kind == LedgerChangeKind.Restored)
                HistoryThrow.Broken(ledger, transaction, "The fee phase restores an entry, which is not possible.");
            if (change.EntryType == LedgerEntryType.Account && change.Kind != LedgerChangeKind.State)
                links.Add(Party.Account(change.KeyBody[4..]));
        }
    }

    public void DeriveOperation(in OperationContext operation)
    {
        links.Add(Party.Account(operation.Source));
        OperationView body = operation.Operation;
        switch (operation.Type)
        {
            case OperationType.CreateAccount:
                Add(body.AsCreateAccount().Destination);
                break;
            case OperationType.Payment:
                Add(body.AsPayment().Destination.Key);
                break;
            case OperationType.PathPaymentStrictReceive:
            case OperationType.PathPaymentStrictSend:
                Add(body.AsPathPayment().Destination.Key);
                break;
            case OperationType.AccountMerge:
                Add(body.AsAccountMerge().Key);
                break;
            case OperationType.AllowTrust:
                Add(body.AsAllowTrust().Trustor);
                break;
            case OperationType.SetTrustLineFlags:
                Add(body.AsSetTrustlineFlags().Trustor);
                break;
            case OperationType.CreateClaimableBalance:
                foreach (ClaimantView claimant in body.AsCreateClaimableBalance().Claimants) Add(claimant.Destination);
                break;
            case OperationType.Clawback:
                Add(body.AsClawback().From.Key);
                break;
            case OperationType.BeginSponsoringFutureReserves:
                Add(body.AsBeginSponsoring());
                break;
            case OperationType.EndSponsoringFutureReserves:
                AddBeginner(operation);
                break;
            case OperationType.RevokeSponsorship:
                AddRevoked(body.AsRevokeSponsorship());
                break;
        }

        if (operation.Transaction.HasSorobanData && operation.Transaction.IsSuccessful) contracts.Derive(operation);
        sponsors.Derive(operation);
    }

    private void Add(ReadOnlySpan<byte> account) => links.Add(Party.Account(account));

    private void AddBeginner(in OperationContext operation)
    {
        TransactionView transaction = operation.Transaction;
        if (!transaction.IsSuccessful) return;
        for (int index = operation.Index - 1; index >= 0; index--)
        {
            OperationView earlier = transaction.Operation(index);
            if (earlier.Type != OperationType.BeginSponsoringFutureReserves
                || !earlier.AsBeginSponsoring().SequenceEqual(operation.Source))
            {
                continue;
            }

            Add(earlier.HasSource ? earlier.Source : transaction.Source);
            return;
        }
    }

    private void AddRevoked(in RevokeSponsorshipOperation revocation)
    {
        if (revocation.IsSigner)
        {
            Add(revocation.SignerAccount);
            return;
        }

        LedgerKeyView entry = revocation.Entry();
        if (entry.Type <= LedgerEntryType.Data) Add(entry.AccountId);
    }
}
