namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>SCPHistoryEntry; nothing of it is asked for.</summary>
public static class Scp
{
    public static int ReadHistory(XdrIn xdr)
    {
        xdr.NoExtension();
        xdr.List(ReadQuorumSet);
        xdr.UInt32();
        xdr.List(ReadEnvelope);
        return 0;
    }

    private static int ReadQuorumSet(XdrIn xdr)
    {
        xdr.UInt32();
        xdr.List(Address.AccountId);
        xdr.List(ReadQuorumSet);
        return 0;
    }

    private static int ReadEnvelope(XdrIn xdr)
    {
        Address.AccountId(xdr);
        xdr.UInt64();
        switch (xdr.Int32())
        {
            case 0:
                xdr.Hash();
                ReadBallot(xdr);
                xdr.OptionalValue(ReadBallot);
                xdr.OptionalValue(ReadBallot);
                xdr.Fixed(8);
                break;
            case 1:
                ReadBallot(xdr);
                xdr.Fixed(12);
                xdr.Hash();
                break;
            case 2:
                ReadBallot(xdr);
                xdr.UInt32();
                xdr.Hash();
                break;
            case 3:
                xdr.Hash();
                xdr.List(static xdr => xdr.Opaque());
                xdr.List(static xdr => xdr.Opaque());
                break;
            case var other: throw xdr.Wrong($"SCPStatement arm {other}");
        }

        xdr.Opaque();
        return 0;
    }

    private static int ReadBallot(XdrIn xdr)
    {
        xdr.UInt32();
        xdr.Opaque();
        return 0;
    }
}
