using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Ledgers.Operations;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Stream 2: contracts that an address creates, in INVOKE_HOST_FUNCTION, whether it succeeded or not.</summary>
/// <remarks>
/// | source, in this order | row |
/// | the host function: CREATE_CONTRACT of either version, from an address | ACCOUNT CREATE on the new contract, creator = the address |
/// | each authorization entry's tree, parent before children: creations from an address | the same |
/// Each contract once. Creations from an asset, uploads, and contracts that a contract creates without a node in the tree produce no row.
/// </remarks>
internal sealed class DeploymentDeriver(StateChangeWriter rows, StellarNetwork network)
{
    private const int IdBytes = 32;

    private readonly HashSet<Hash256> seen = [];

    public void Derive(in OperationContext operation)
    {
        if (operation.Type != OperationType.InvokeHostFunction) return;
        seen.Clear();
        HostFunctionOperation function = operation.Operation.AsHostFunction();
        if (function.Type is HostFunctionType.CreateContract or HostFunctionType.CreateContractV2) Derive(function.Preimage);
        foreach (AuthorizedNodeView node in function.Authorization)
        {
            if (node.IsCreation) Derive(node.Preimage);
        }
    }

    private void Derive(ContractIdPreimageView preimage)
    {
        if (preimage.IsFromAsset) return;
        Span<byte> id = stackalloc byte[IdBytes];
        ContractIds.OfPreimage(network.Id, preimage, id);
        if (!seen.Add(new Hash256(id))) return;
        rows.Write(new StateChange("ACCOUNT"u8, "CREATE"u8, Party.Contract(id)) { Creator = Party.Of(preimage.Deployer) });
    }
}
