using System.Security.Cryptography;
using System.Text;
using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Ids that hang on the network, and whether valid ledgers at which wallet-backend stops are read.</summary>
public sealed class Network(string passphrase, bool lenient)
{
    private readonly byte[] id = SHA256.HashData(Encoding.UTF8.GetBytes(passphrase));

    public bool Lenient => lenient;

    /// <summary>The address of an asset's contract.</summary>
    public string AssetContract(Asset asset) => Contract([0, 0, 0, 1, .. asset.Xdr]);

    /// <summary>The address of a deployed contract, of whichever preimage.</summary>
    public string Deployed(ContractPreimage preimage) => Contract(preimage.Xdr);

    private string Contract(byte[] preimage) => Address.ContractPrefix + Convert.ToHexStringLower(
        SHA256.HashData([0, 0, 0, 8, .. id, .. preimage]));
}
