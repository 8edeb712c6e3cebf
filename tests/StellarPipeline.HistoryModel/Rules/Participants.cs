using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Who takes part in an operation directly (rules 4); accounts of its state changes come on top.</summary>
public static class Participants
{
    public static IEnumerable<string> Of(OperationContext operation)
    {
        string?[] named =
        [
            operation.Source,
            .. ByBody(operation),
            Sponsor(operation),
            .. operation.Transaction.Envelope.HasSorobanData && operation.Transaction.Successful ? OfSoroban(operation) : [],
        ];
        return named.OfType<string>().Distinct();
    }

    private static IEnumerable<string> ByBody(OperationContext operation) => operation.Operation.Body switch
    {
        OperationBody.CreateAccount body => [body.Destination],
        OperationBody.Payment body => [body.Destination.Account],
        OperationBody.PathPayment body => [body.Destination.Account],
        OperationBody.AccountMerge body => [body.Destination.Account],
        OperationBody.AllowTrust body => [body.Trustor],
        OperationBody.SetTrustlineFlags body => [body.Trustor],
        OperationBody.CreateBalance body => body.Claimants,
        OperationBody.Clawback body => [body.From.Account],
        OperationBody.BeginSponsoring body => [body.Sponsored],
        OperationBody.RevokeSponsorship { Account: { } owner } => [owner],
        _ when operation.Operation.Type == 17 && operation.Transaction.Successful && BeginningSponsor(operation) is { } sponsor =>
            [sponsor],
        _ => [],
    };

    /// <summary>The source of the nearest earlier BEGIN that sponsors this operation's source.</summary>
    private static string? BeginningSponsor(OperationContext end) => end.Transaction.Operations
        .LastOrDefault(operation => operation.Position < end.Position && operation.Operation.Body is OperationBody.BeginSponsoring begin
            && begin.Sponsored == end.Source)?.Source;

    private static string? Sponsor(OperationContext operation)
    {
        SignerKey? signer = (operation.Operation.Body as OperationBody.SetOptions)?.Signer;
        foreach (EntryChange change in operation.Changes)
        {
            if (signer is not null && change.PostAs<AccountEntry>() is { } account
                && SponsorOf(account, signer) is { } ofSigner && ofSigner != SponsorOf(change.PreAs<AccountEntry>(), signer))
            {
                return ofSigner;
            }

            if (change.Pre is null && change.Post?.Sponsor is { } ofEntry) return ofEntry;
        }

        return null;
    }

    private static string? SponsorOf(AccountEntry? account, SignerKey key) => account?.Signers.FirstOrDefault(
        signer => signer.Key == key)?.Sponsor;

    private static IEnumerable<string> OfSoroban(OperationContext operation)
    {
        // The source once more without un-muxing: a muxed one adds its M address, cut to 33 bytes.
        if (operation.MuxedSource.Id is not null) yield return Address.MuxedPrefix + operation.Source[2..];
        if (operation.Operation.Body is not OperationBody.Invoke { Call: not null } body) yield break;
        foreach (string address in OfCall(operation.Network, body.Call)) yield return address;
        foreach (Authorization authorization in body.Authorizations)
        {
            if (authorization.CredentialsAddress is { } credentials) yield return credentials;
            foreach (Invocation invocation in authorization.Root.All)
                foreach (string address in OfCall(operation.Network, invocation.Call)) yield return address;
        }
    }

    private static IEnumerable<string> OfCall(Network network, ContractCall call)
    {
        if (call.Contract is { } called) yield return called;
        if (call.Creation is not { } creation) yield break;
        yield return network.Deployed(creation);
        if (creation.Deployer is { } deployer) yield return deployer;
    }
}
