"""Mail in: parse it safely, find its thread, suggest the rights it exercises. Nothing here decides anything."""
