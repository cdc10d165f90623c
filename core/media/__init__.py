"""Pictures and sound: ffmpeg, probing, frames, loudness, captions, the mix."""
