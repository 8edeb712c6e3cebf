using System.Security.Cryptography;
using System.Text;

namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>TransactionEnvelope; of a fee bump, what concerns operations is the inner transaction's.</summary>
/// <param name="FeeSource">The account that bumps the fee, null for other envelopes.</param>
/// <param name="Source">The (inner) source.</param>
/// <param name="SequenceNumber">The (inner) sequence number.</param>
/// <param name="HasSorobanData">Whether the (inner) transaction carries Soroban data.</param>
/// <param name="HashedXdr">Envelope type and transaction, as they are hashed behind the network id.</param>
/// <param name="Xdr">The whole envelope's bytes.</param>
public sealed record Envelope(MuxedAccount? FeeSource, MuxedAccount Source, long SequenceNumber, List<Operation> Operations,
    bool HasSorobanData, byte[] HashedXdr, byte[] Xdr)
{
    public bool IsFeeBump => FeeSource is not null;

    /// <summary>The transaction's hash on a network.</summary>
    public string Hash(string passphrase) =>
        Convert.ToHexStringLower(SHA256.HashData([.. SHA256.HashData(Encoding.UTF8.GetBytes(passphrase)), .. HashedXdr]));

    public static Envelope Read(XdrIn xdr)
    {
        int start = xdr.At;
        int type = xdr.Int32();
        Envelope envelope = type switch
        {
            0 => ReadV0(xdr),
            2 => ReadV1(xdr),
            5 => ReadFeeBump(xdr),
            _ => throw xdr.Wrong($"TransactionEnvelope arm {type}"),
        };

        // A version 0 transaction is hashed as what it means: a version 1 transaction of an account that is not muxed.
        byte[] hashed = type == 0 ? [0, 0, 0, 2, 0, 0, 0, 0, .. xdr.Since(start)[4..]] : xdr.Since(start);
        SkipSignatures(xdr);
        return envelope with { HashedXdr = hashed, Xdr = xdr.Since(start) };
    }

    private static Envelope ReadV0(XdrIn xdr)
    {
        MuxedAccount source = new(Address.AccountPrefix + xdr.Hash(), null);
        xdr.UInt32();
        long sequence = xdr.Int64();
        if (xdr.Bool()) xdr.Fixed(16);
        SkipMemo(xdr);
        List<Operation> operations = xdr.List(xdr => Operation.Read(xdr, source));
        xdr.NoExtension();
        return new(null, source, sequence, operations, false, [], []);
    }

    private static Envelope ReadV1(XdrIn xdr)
    {
        var source = MuxedAccount.Read(xdr);
        xdr.UInt32();
        long sequence = xdr.Int64();
        SkipPreconditions(xdr);
        SkipMemo(xdr);
        List<Operation> operations = xdr.List(xdr => Operation.Read(xdr, source));
        bool soroban = xdr.Bool();
        if (soroban) Soroban.SkipTransactionData(xdr);
        return new(null, source, sequence, operations, soroban, [], []);
    }

    private static Envelope ReadFeeBump(XdrIn xdr)
    {
        var feeSource = MuxedAccount.Read(xdr);
        xdr.Int64();
        if (xdr.Int32() != 2) throw xdr.Wrong("kind of inner transaction");
        Envelope inner = ReadV1(xdr);
        SkipSignatures(xdr);
        xdr.NoExtension();
        return inner with { FeeSource = feeSource };
    }

    private static void SkipSignatures(XdrIn xdr) => xdr.List(static xdr =>
    {
        xdr.Fixed(4);
        return xdr.Opaque();
    });

    private static void SkipPreconditions(XdrIn xdr)
    {
        switch (xdr.Int32())
        {
            case 0: break;
            case 1: xdr.Fixed(16); break;
            case 2:
                if (xdr.Bool()) xdr.Fixed(16);
                if (xdr.Bool()) xdr.Fixed(8);
                if (xdr.Bool()) xdr.Int64();
                xdr.UInt64();
                xdr.UInt32();
                xdr.List(SignerKey.Read);
                break;
            case var other: throw xdr.Wrong($"Preconditions arm {other}");
        }
    }

    private static void SkipMemo(XdrIn xdr)
    {
        switch (xdr.Int32())
        {
            case 0: break;
            case 1: xdr.Opaque(); break;
            case 2: xdr.UInt64(); break;
            case 3 or 4: xdr.Fixed(32); break;
            case var other: throw xdr.Wrong($"Memo arm {other}");
        }
    }
}
