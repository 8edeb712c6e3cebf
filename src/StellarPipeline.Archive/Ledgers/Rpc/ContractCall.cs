using System.Buffers.Binary;
using System.Text;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>
/// A transaction that calls a contract function without arguments, for a server to simulate. It is not signed, so no network would accept
/// it.
/// </summary>
internal static class ContractCall
{
    private const int EnvelopeOfTransaction = 2;
    private const int InvokeHostFunction = 24;
    private const int ContractAddress = 1;
    private const uint LeastFee = 100;

    /// <summary>Encodes the call.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="function">The function, at most 32 ASCII characters.</param>
    /// <returns>An encoded TransactionEnvelope.</returns>
    public static byte[] Encode(in Hash256 contract, string function)
    {
        byte[] name = Encoding.ASCII.GetBytes(function);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, 32, nameof(function));
        using var bytes = new MemoryStream();
        Int(EnvelopeOfTransaction);
        Int(0); // Source: KEY_TYPE_ED25519, the account of all zeros, which simulation does not look up.
        bytes.Write(new byte[Hash256.LengthBytes]);
        Int((int)LeastFee);
        Int(0); // The sequence number, in two words.
        Int(1);
        Int(0); // No preconditions.
        Int(0); // No memo.
        Int(1); // One operation,
        Int(0); // of the transaction's source.
        Int(InvokeHostFunction);
        Int(0); // HOST_FUNCTION_TYPE_INVOKE_CONTRACT
        Int(ContractAddress);
        byte[] id = new byte[Hash256.LengthBytes];
        contract.CopyTo(id);
        bytes.Write(id);
        Int(name.Length);
        bytes.Write(name);
        bytes.Write(new byte[-name.Length & 3]);
        Int(0); // No arguments.
        Int(0); // No authorization.
        Int(0); // No resources: simulation finds them.
        Int(0); // No signatures.
        return bytes.ToArray();

        void Int(int value)
        {
            Span<byte> word = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(word, value);
            bytes.Write(word);
        }
    }
}
