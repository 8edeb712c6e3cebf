namespace StellarPipeline.Xdr;

/// <summary>CRC-16/XMODEM: polynomial 0x1021, initial value 0, not reflected, no final inversion.</summary>
internal static class Crc16
{
    private static readonly ushort[] Table = MakeTable();
    private static readonly ushort[] SecondTable = MakeSecondTable();

    public static ushort Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0;

        // Two bytes per step: each has its own table, so that the two look-ups do not wait for each other.
        for (; bytes.Length >= 2; bytes = bytes[2..])
            crc = (uint)(SecondTable[(byte)(crc >> 8) ^ bytes[0]] ^ Table[(byte)crc ^ bytes[1]]);
        if (!bytes.IsEmpty)
            crc = (crc << 8 & 0xff00) ^ Table[(byte)(crc >> 8) ^ bytes[0]];
        return (ushort)crc;
    }

    private static ushort[] MakeTable()
    {
        const int polynomial = 0x1021;
        ushort[] table = new ushort[256];
        for (int index = 0; index < table.Length; index++)
        {
            int crc = index << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ polynomial : crc << 1;
            table[index] = (ushort)crc;
        }

        return table;
    }

    // The effect of a byte that is followed by one more byte.
    private static ushort[] MakeSecondTable()
    {
        ushort[] table = MakeTable();
        ushort[] second = new ushort[256];
        for (int index = 0; index < second.Length; index++)
            second[index] = (ushort)(table[index] << 8 ^ table[table[index] >> 8]);
        return second;
    }
}
