using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Ledgers.Operations;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Participants of the Soroban operations of successful transactions.</summary>
/// <remarks>
/// | of | participants |
/// | every Soroban operation | the source again as it is encoded: with a multiplexing id it is a second participant |
/// | call | the called contract |
/// | creation from an address | the created contract, and the address |
/// | creation from an asset | the asset's contract |
/// | calls and creations: each authorization entry | the address of credentials of kind ADDRESS, no other kind |
/// | and each node of its tree | the called contract, or the participants of a creation as above |
/// Arguments, events and the footprint never count.
/// </remarks>
internal sealed class ContractParticipantDeriver(AccountLinks links, StellarNetwork network)
{
    public void Derive(in OperationContext operation)
    {
        if (operation.IsSourceMuxed) links.Add(Party.MuxedAccount(operation.Source));
        if (operation.Type != OperationType.InvokeHostFunction) return;
        HostFunctionOperation function = operation.Operation.AsHostFunction();
        if (function.Type == HostFunctionType.UploadWasm) return;
        if (function.Type == HostFunctionType.InvokeContract) links.Add(Party.Of(function.Contract));
        else AddCreation(function.Preimage);

        foreach (AuthorizedNodeView node in function.Authorization)
        {
            if (node.Credentials == CredentialsType.Address) links.Add(Party.Of(node.CredentialsAddress));
            if (node.IsCreation) AddCreation(node.Preimage);
            else links.Add(Party.Of(node.Contract));
        }
    }

    private void AddCreation(ContractIdPreimageView preimage)
    {
        Span<byte> id = stackalloc byte[32];
        ContractIds.OfPreimage(network.Id, preimage, id);
        links.Add(Party.Contract(id));
        if (!preimage.IsFromAsset) links.Add(Party.Of(preimage.Deployer));
    }
}
