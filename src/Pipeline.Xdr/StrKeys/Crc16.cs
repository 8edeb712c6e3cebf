namespace Pipeline.Xdr;

/// <summary>CRC-16/XMODEM: polynomial 0x1021, initial value 0, not reflected, no final inversion.</summary>
internal static class Crc16
{
    private static readonly ushort[] Table = MakeTable();

    public static ushort Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0;
        foreach (byte value in bytes)
            crc = (crc << 8 & 0xff00) ^ Table[(byte)(crc >> 8) ^ value];
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
}
