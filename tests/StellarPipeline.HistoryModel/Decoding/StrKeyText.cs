namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>Strkeys (SEP-23): base32 of version byte, payload and CRC-16/XMODEM, low byte first.</summary>
public static class StrKeyText
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>The text of a version byte and its payload.</summary>
    public static string Encode(byte version, byte[] payload)
    {
        byte[] body = [version, .. payload];
        int crc = Crc16(body);
        byte[] all = [.. body, (byte)crc, (byte)(crc >> 8)];
        string text = "";
        for (int bit = 0; bit < all.Length * 8; bit += 5)
        {
            int digit = 0;
            for (int index = bit; index < bit + 5; index++)
                digit = (digit << 1) | (index < all.Length * 8 ? (all[index / 8] >> (7 - (index % 8))) & 1 : 0);
            text += Alphabet[digit];
        }

        return text;
    }

    /// <summary>The 32 bytes of a G address, or null where the text is none.</summary>
    public static byte[]? DecodeAccount(string text)
    {
        if (text.Length != 56) return null;
        byte[] all = new byte[35];
        for (int index = 0; index < 56; index++)
        {
            int digit = Alphabet.IndexOf(text[index], StringComparison.Ordinal);
            if (digit < 0) return null;
            for (int bit = 0; bit < 5; bit++)
            {
                int place = (index * 5) + bit;
                all[place / 8] |= (byte)(((digit >> (4 - bit)) & 1) << (7 - (place % 8)));
            }
        }

        return Encode(0x30, all[1..33]) == text ? all[1..33] : null;
    }

    private static int Crc16(byte[] bytes)
    {
        int crc = 0;
        foreach (byte value in bytes)
        {
            crc ^= value << 8;
            for (int bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
        }

        return crc;
    }
}
